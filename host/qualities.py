"""Quality: a number from 1 to 100, and its position in integers, between the anchors of which tables have a row."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

LOWEST_QUALITY, HIGHEST_QUALITY = 1.0, 100.0

ANCHORS = 9
"""Rows of every table that depends on quality."""

FRACTION_BITS = 8

LAST_POSITION = (ANCHORS - 1) << FRACTION_BITS
"""That of quality 100; quality 1 has position 0."""

LOWEST_RATE_WEIGHT, HIGHEST_RATE_WEIGHT = 32.0, 8192.0
"""lambda of quality 1 and of quality 100, for the MSE of samples in [0, 1] and bits per pixel."""


def position_of(quality: float) -> int:
    """The position of a quality. Raises ValueError for one that is not between 1 and 100."""
    if not LOWEST_QUALITY <= quality <= HIGHEST_QUALITY:
        raise ValueError(f"quality must be between {LOWEST_QUALITY:g} and {HIGHEST_QUALITY:g}, not {quality:g}")
    return round((quality - LOWEST_QUALITY) * LAST_POSITION / (HIGHEST_QUALITY - LOWEST_QUALITY))


def quality_at(position: int) -> float:
    """The quality at a position."""
    return LOWEST_QUALITY + position * (HIGHEST_QUALITY - LOWEST_QUALITY) / LAST_POSITION


def rate_weight_at(position: int) -> float:
    """lambda at a position."""
    return float(LOWEST_RATE_WEIGHT * (HIGHEST_RATE_WEIGHT / LOWEST_RATE_WEIGHT) ** (position / LAST_POSITION))


def quality_of(rate_weight: float) -> float:
    """The quality whose lambda is `rate_weight`. Raises ValueError for one that no quality has."""
    if not LOWEST_RATE_WEIGHT <= rate_weight <= HIGHEST_RATE_WEIGHT:
        raise ValueError(
            f"rate weight must be between {LOWEST_RATE_WEIGHT:g} and {HIGHEST_RATE_WEIGHT:g}, not {rate_weight!r}"
        )
    share = log(rate_weight / LOWEST_RATE_WEIGHT) / log(HIGHEST_RATE_WEIGHT / LOWEST_RATE_WEIGHT)
    return LOWEST_QUALITY + share * (HIGHEST_QUALITY - LOWEST_QUALITY)


def check_position(position: int) -> None:
    """Raise ValueError for what is no position."""
    if not 0 <= position <= LAST_POSITION:
        raise ValueError(f"the position of a quality must be between 0 and {LAST_POSITION}, not {position}")


def interpolated(table: npt.NDArray[np.integer[Any]], position: int) -> npt.NDArray[np.int64]:
    """The row of a table [ANCHORS, ...] at a position: between two rows, rounded, by integers alone."""
    check_position(position)
    row, share = position >> FRACTION_BITS, position & ((1 << FRACTION_BITS) - 1)
    below, above = table[row].astype(np.int64), table[min(row + 1, ANCHORS - 1)].astype(np.int64)
    rounding = 1 << (FRACTION_BITS - 1)
    return (below * ((1 << FRACTION_BITS) - share) + above * share + rounding) >> FRACTION_BITS
