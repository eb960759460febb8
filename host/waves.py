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


def batches(height: int, width: int, least: int) -> Iterator[list[tuple[IntegerArray, IntegerArray]]]:
    """Waves in order, in lists that have at least so many positions together (except the last)."""
    batch: list[tuple[IntegerArray, IntegerArray]] = []
    for wave in waves(height, width):
        batch.append(wave)
        if sum(len(rows) for rows, _ in batch) >= least:
            yield batch
            batch = []
    if batch:
        yield batch
