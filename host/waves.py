"""The order of the latents: waves of positions whose neighbours above and to the left are known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ops import IntegerArray

SLOPE = 3
"""Wave t has the positions x + 3y = t: a 5x5 mask sees two columns to the right in the row above."""


def waves(height: int, width: int) -> Iterator[tuple[IntegerArray, IntegerArray]]:
    """Rows and columns of each wave that has any position, by rising row."""
    for time in range(width + SLOPE * (height - 1)):
        first = max(0, -(-(time - width + 1) // SLOPE))
        rows = np.arange(first, min(height - 1, time // SLOPE) + 1)
        if rows.size:
            yield rows, time - SLOPE * rows


def wave_order(height: int, width: int) -> IntegerArray:
    """All positions y * width + x, wave after wave, [height * width]."""
    rows, columns = np.divmod(np.arange(height * width), width)
    return np.lexsort((rows, columns + SLOPE * rows)).astype(np.int64)
