"""Float (training-time) layers, codec, training and checkpoints of SAPM (arXiv 2206.11599)."""

from importlib.util import find_spec

from ops.extras import MissingExtra

if find_spec("torch") is None:
    # named like this package, the error is one line where a module of it is run with `python -m`
    raise MissingExtra("torch", __name__)
