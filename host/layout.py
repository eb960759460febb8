"""How an entropy model of channel groups is laid out: constants of its integers, and which neighbours it sees."""

from __future__ import annotations

import numpy as np

SIGNED_CHANNELS = 32
"""Of so many first channels the values are seen as well as the magnitudes, and means have neighbours."""

PARTS = 16
"""Into so many parts a group's channels are divided, one after the other: a part knows those before it at its place."""

HIDDEN_BITS = 16
"""Of hidden numbers and raw parameters."""

LEAK_BITS = 3
"""A leaky rectifier divides what is negative by 2**3, rounded down."""

LAW_BITS = 10
"""Fractional bits in which the parts of a raw parameter are added; it has 4 itself."""

WEIGHT_EXCESS = 2
SCALE_EXCESS = 11
"""Fractional bits that weighted sums of symbols and of magnitudes have more: weights have 12, magnitudes 9."""

AROUND_TAPS = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)])
CAUSAL_TAPS = np.array([(y, x) for y in (-2, -1, 0) for x in (-2, -1, 0, 1, 2) if (y, x) < (0, 0)])
"""Rows and columns of neighbours: of the groups before, and of the own group."""


def signed_channels(first: int, count: int) -> int:
    """How many of a group's channels have values among their features."""
    return min(count, max(0, SIGNED_CHANNELS - first))


def part_size(count: int) -> int:
    """Channels of each part of a group of `count`; the last may have fewer."""
    return -(-count // PARTS)


def parts_of(count: int) -> list[slice]:
    """The channels of each part of a group of `count`."""
    size = part_size(count)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def features_of(part: slice, count: int, signed: int) -> list[int]:
    """The features of a part's channels among those of its group: `count` magnitudes, then `signed` values."""
    return [*range(part.start, part.stop), *range(count + part.start, count + min(part.stop, signed))]
