"""Block memories: the shapes that one can have, and how wide it is where it has to be deep."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

BLOCK_SHAPES = tuple((width, 16384 // (width - width // 9)) for width in (1, 2, 4, 9, 18, 36))
"""(width, depth) of 18 kbit."""

DEEPEST = max(depth for _, depth in BLOCK_SHAPES)


def slice_width(depth: Array | float) -> Array:
    """Bits of the widest block memory that is as deep as `depth` words; 1 where none is."""
    fitting = [np.where(np.asarray(depth) <= deep, width, 1) for width, deep in BLOCK_SHAPES]
    widest: Array = np.max(fitting, axis=0).astype(float)
    return widest
