"""How an entropy model of channel groups is laid out: constants of its integers, and which neighbours it sees."""

from __future__ import annotations

import numpy as np

SIGNED_CHANNELS = 32
"""Of so many first channels the values are seen as well as the magnitudes, and means have neighbours."""

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
