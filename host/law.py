"""The law of one latent in whole numbers: tables of the exponential function and of the Laplace law, and its window.

Every table entry is a real number rounded to the nearest whole one, found by fixed-point arithmetic on integers alone
(docs/bitstream.md). They are part of the file format.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

RADIUS = 31
"""A window reaches so far to both sides of its centre. Escapes then cost a Laplace law of scale 5 one bit in 800, one
of scale 8 one in 100 (with 15: 3 % and 7 %), and 64 symbols fill vector registers."""

WINDOW = 2 * RADIUS + 1
"""Values that have a symbol of their own; one more symbol, the escape, stands for all others."""

LATENT_LOW, LATENT_HIGH = -128, 127
"""What a latent can be."""

TOTAL_BITS = 24
TOTAL = 1 << TOTAL_BITS
"""What the counts of a latent's symbols sum to, and the unit of the distribution functions."""

WEIGHT_BITS = 16
"""The weights of a mixture sum to 2**16."""

STEPS = 16
"""Raw parameters are in units of 1/16."""

EXPONENTIALS = 193
"""Entries of the exponential table; from 189 on they are 0."""

LEVELS = 145
LEVEL_ZERO = 64
"""Scales are exp((level - 64) / 16), e**-4 to e**5."""

DISTANCES = 1024
"""Entries of a distribution function, in sixteenths; farther away it is taken for constant."""

LOWEST_START = -(DISTANCES // STEPS) - WINDOW - 1
"""First whole distance of the rearranged table: a window that begins there sees the constant end alone."""

_BITS = 128
_ONE = 1 << _BITS


def _exponential(numerator: int, denominator: int) -> int:
    """exp(numerator / denominator) * 2**128 for a positive exponent, by its power series; off by less than 2**20."""
    total = term = _ONE
    index = 0
    while term:
        index += 1
        term = term * numerator // (denominator * index)
        total += term
    return total


@lru_cache(maxsize=1)
def exponential_table() -> npt.NDArray[np.int32]:
    """exp(-i / 16) * 2**16 for i = 0 to 192, rounded."""
    decay = (_ONE << _BITS) // _exponential(1, STEPS)
    remaining, entries = _ONE, []
    for _ in range(EXPONENTIALS):
        entries.append((remaining >> (_BITS - WEIGHT_BITS - 1)) + 1 >> 1)
        remaining = remaining * decay >> _BITS
    return np.array(entries, np.int32)


@lru_cache(maxsize=1)
def distribution_table() -> npt.NDArray[np.int32]:
    """2**24 - 2**23 * exp(-d / 16 / scale), rounded, for each level and d = 0 to 1023, shape (145, 1024)."""
    table = np.full((LEVELS, DISTANCES), TOTAL, np.int32)
    for level in range(LEVELS):
        exponent = LEVEL_ZERO - level
        inverse = _exponential(abs(exponent), STEPS)
        rate = inverse if exponent >= 0 else (_ONE << _BITS) // inverse
        decay = (_ONE << _BITS) // _exponential(rate, _ONE * STEPS)
        table[level] = _falling(decay)
    return table


def _falling(decay: int) -> list[int]:
    """2**24 - 2**23 * decay**d, rounded, for d = 0 to 1023; decay in units of 2**-128."""
    remaining, entries = _ONE, []
    for _ in range(DISTANCES):
        entries.append(TOTAL - ((remaining >> (_BITS - TOTAL_BITS)) + 1 >> 1))
        remaining = remaining * decay >> _BITS
    return entries


@lru_cache(maxsize=1)
def window_table() -> npt.NDArray[np.uint32]:
    """The distribution functions of both signs, so that a window reads neighbours: entry (level, p, j) is that at
    distance 16 * (j + LOWEST_START) + p sixteenths, with the constant ends as far as a window can reach."""
    half = distribution_table().astype(np.int64)
    wholes = np.arange(LOWEST_START, -LOWEST_START)
    distance = STEPS * wholes + np.arange(STEPS)[:, None]
    above = half[:, np.minimum(np.abs(distance), DISTANCES - 1)]
    return np.ascontiguousarray(np.where(distance >= 0, above, TOTAL - above), np.uint32)
