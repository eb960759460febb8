"""The distribution of one symbol in whole numbers: tables of the exponential function, Laplace tails and features.

Every entry is a real number rounded to the nearest whole one, found by arithmetic on integers or exactly rounded
decimals alone (docs/bitstream.md). They are part of the file format.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from host.steps import SYMBOL_HIGH, SYMBOL_LOW

TOTAL_BITS = 28
TOTAL = 1 << TOTAL_BITS
"""What the counts of all values sum to, and the unit of the distribution functions."""

FREE = TOTAL - (SYMBOL_HIGH + 1 - SYMBOL_LOW)
"""What the distributions share out: every value has one count whatever its distribution says."""

COMPONENTS = 2
WEIGHT_BITS = 16
"""The weights of both distributions sum to 2**16."""

STEPS = 16
"""Raw parameters are in units of 1/16."""

EXPONENTIALS = 193
"""Entries of the exponential table; from 189 on they are 0."""

SCALES = 145
SCALE_ONE = 64
"""Scales are exp((index - 64) / 16), e**-4 to e**5."""

SCALES_TO_DOUBLE = 11
"""Nearly: 16 * ln(2)."""

COARSEST = 3
"""Tables of wide ones are in units of up to 2**3 sixteenths: half a value, so that a value's edges are entries."""

FEATURE_BITS = 9
"""Features of symbols have so many fractional bits."""

SIGN_SCALE = 8
"""Where values begin to saturate."""

_BITS = 128
_ONE = 1 << _BITS


class Tables(NamedTuple):
    """All that distributions and features are made of.

    exponentials [193]: exp(-i / 16) * 2**16. tails: of each scale, 2**27 * exp(-d / scale) for distances d in units of
    2**units[index] sixteenths, from tails[starts[index]] on up to the first that is 0; starts [146] has the end, too.
    magnitudes and values [1025]: ln(1 + i) and tanh(i / 8) * 2**9.
    """

    exponentials: npt.NDArray[np.int32]
    tails: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    units: npt.NDArray[np.int32]
    magnitudes: npt.NDArray[np.int16]
    values: npt.NDArray[np.int16]


def _exponential(numerator: int, denominator: int) -> int:
    """exp(numerator / denominator) * 2**128 for a positive exponent, by its power series; off by less than 2**20."""
    total = term = _ONE
    index = 0
    while term:
        index += 1
        term = term * numerator // (denominator * index)
        total += term
    return total


def _rounded(number: int, bits: int) -> int:
    """A number in units of 2**-128 in units of 2**-bits."""
    return (number >> (_BITS - bits - 1)) + 1 >> 1


def exponential_table() -> npt.NDArray[np.int32]:
    """exp(-i / 16) * 2**16 for i = 0 to 192, rounded."""
    decay = (_ONE << _BITS) // _exponential(1, STEPS)
    remaining, entries = _ONE, []
    for _ in range(EXPONENTIALS):
        entries.append(_rounded(remaining, WEIGHT_BITS))
        remaining = remaining * decay >> _BITS
    return np.array(entries, np.int32)


def unit_of(index: int) -> int:
    """The unit of a scale's table is 2**unit sixteenths: a 16th to a 32nd of its scale, except for the ends."""
    return min(max((index - SCALE_ONE) // SCALES_TO_DOUBLE, 0), COARSEST)


def tail_of(index: int) -> list[int]:
    """2**27 * exp(-d * 2**unit / 16 / scale), rounded, for d = 0, 1, ... up to the first that is 0."""
    exponent = SCALE_ONE - index
    inverse = _exponential(abs(exponent), STEPS)
    rate = inverse if exponent >= 0 else (_ONE << _BITS) // inverse
    decay = (_ONE << _BITS) // _exponential(rate << unit_of(index), _ONE * STEPS)
    remaining, entries = _ONE, [1 << (TOTAL_BITS - 1)]
    while entries[-1]:
        remaining = remaining * decay >> _BITS
        entries.append(_rounded(remaining, TOTAL_BITS - 1))
    return entries


def _features() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    unit = 1 << FEATURE_BITS
    with localcontext(prec=30):
        magnitudes = [round(unit * Decimal(1 + i).ln()) for i in range(1 - SYMBOL_LOW)]
        decays = ((Decimal(-2 * i) / SIGN_SCALE).exp() for i in range(1 - SYMBOL_LOW))
        values = [round(unit * (1 - decay) / (1 + decay)) for decay in decays]
    return np.array(magnitudes, np.int16), np.array(values, np.int16)


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables; they take a tenth of a second the first time."""
    tails = [tail_of(index) for index in range(SCALES)]
    starts = np.cumsum([0, *map(len, tails)], dtype=np.int32)
    entries = np.array([entry for tail in tails for entry in tail], np.int32)
    units = np.array([unit_of(index) for index in range(SCALES)], np.int32)
    return Tables(exponential_table(), entries, starts, units, *_features())
