"""Inner loops of the integer entropy model: by numba where it works, else in plain numpy; the results are equal.

Nothing is compiled or imported before the first use.
"""

from __future__ import annotations

from functools import lru_cache

from host.kernels.interface import Kernels, Layers, Maps

__all__ = ["Kernels", "Layers", "Maps", "kernels"]


@lru_cache(maxsize=1)
def kernels() -> Kernels:
    """The fastest implementation that this machine has."""
    try:
        from host.kernels import compiled  # noqa: PLC0415 (numba takes most of a second to import)
    except (ImportError, RuntimeError):  # the latter where numba finds no folder for its cache
        from host.kernels import plain  # noqa: PLC0415

        return plain
    return compiled
