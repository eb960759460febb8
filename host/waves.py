"""The order of the latents: waves of positions whose neighbours above and to the left are known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from host.layout import part_size
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


def coding_order(height: int, width: int, count: int) -> npt.NDArray[np.int32]:
    """The order of a group's symbols among those of a matrix [H * W, G]: wave after wave, in a wave part after part, in
    a part by rising row, at a position by rising channel."""
    rows, columns = np.divmod(np.arange(height * width, dtype=np.int32), np.int32(width))
    positions = np.lexsort((rows, columns + SLOPE * rows)).astype(np.int32)
    times = np.sort(columns + SLOPE * rows)
    starts = np.searchsorted(times, times).astype(np.int32)
    sizes = np.searchsorted(times, times, "right").astype(np.int32) - starts
    channels = np.arange(count, dtype=np.int32)
    firsts = channels // part_size(count) * part_size(count)
    lengths = np.minimum(firsts + part_size(count), count) - firsts
    places = starts[:, None] * count + sizes[:, None] * firsts + channels - firsts
    places += (np.arange(height * width, dtype=np.int32) - starts)[:, None] * lengths
    order = np.empty(height * width * count, np.int32)
    order[places.ravel()] = (positions[:, None] * count + channels).ravel()
    return order
