"""How large a picture may be: memory and time follow its pixels, and a few bytes can announce many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_SIDE = 65535
"""Most rows and most columns: the compressed file has 16 bits for each."""

MAX_PIXELS = 2**26
"""Most pixels of one picture, 67 million, unless `allowed_pixels` says otherwise."""

_most = ContextVar("most pixels", default=MAX_PIXELS)


@contextmanager
def allowed_pixels(most: int) -> Iterator[None]:
    """Within the block pictures, and what compressed files become, may have so many pixels. Raises ValueError."""
    if not 1 <= most <= MAX_SIDE**2:
        raise ValueError(f"the most pixels of a picture must be in [1, {MAX_SIDE**2}], not {most}")
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)


def size_fault(height: int, width: int) -> str | None:
    """What is wrong with a picture of this size, or None."""
    if height * width > _most.get():
        return f"must have at most {_most.get()} pixels, not {width}x{height} = {width * height}"
    if not 1 <= min(height, width) <= max(height, width) <= MAX_SIDE:
        return f"width and height must be 1 to {MAX_SIDE} pixels, not {width}x{height}"
    return None
