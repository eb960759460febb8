"""A range coder in plain integers, for machines that constriction has no wheel for (Linux on arm64).

It has the part of constriction's interface that host/coder.py uses, under the same names, and gives the same words; the
tests hold the two against each other. Some 40 times slower.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import islice, repeat
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt

PRECISION = 24
WORD_BITS = 32
LEAST_RANGE = 1 << WORD_BITS
STATE = (1 << 64) - 1
"""Largest 64-bit number: where the range begins, and the mask of what is modulo 2**64."""

WORD = LEAST_RANGE - 1


class Categorical:
    """Probabilities of symbols: whole `weights`, in a model or in the rows given with each symbol.

    A symbol's count is its weight plus one, and counts must sum to 2**24, which is what constriction makes of such
    weights exactly. Raises ValueError for others.
    """

    def __init__(self, weights: npt.NDArray[np.float64] | None = None, perfect: bool = False) -> None:
        assert not perfect
        self.weights = weights

    def edges(self, rows: npt.NDArray[np.float64] | None) -> tuple[list[int], int, Iterable[int]]:
        """Left edges of all symbols and 2**24 for each row in one list, their number a row, where each row starts."""
        weights = self.weights if rows is None else rows
        assert weights is not None
        counts = np.atleast_2d(np.asarray(weights)).astype(np.int64) + 1
        edges = np.zeros((len(counts), counts.shape[1] + 1), np.int64)
        np.cumsum(counts, axis=1, out=edges[:, 1:])
        if (counts < 1).any() or (edges[:, -1] != 1 << PRECISION).any():
            raise ValueError(f"counts must be positive and sum to {1 << PRECISION}")
        starts = repeat(0) if rows is None else range(0, edges.size, edges.shape[1])
        return edges.ravel().tolist(), edges.shape[1], starts


class RangeEncoder:
    """Writes symbols into 32-bit words."""

    def __init__(self) -> None:
        self._words: list[int] = []
        self._low, self._range = 0, STATE

    def encode(
        self, symbols: npt.NDArray[np.int32], model: Categorical, rows: npt.NDArray[np.float64] | None = None
    ) -> None:
        """Append `symbols`, all of one model or each of its row of weights."""
        if not len(symbols):
            return
        edges, _, starts = model.edges(rows)
        for symbol, start in zip(symbols.tolist(), starts, strict=False):
            left, right = edges[start + symbol : start + symbol + 2]
            scale = self._range >> PRECISION
            self._low += scale * left
            self._range = scale * (right - left)
            if self._low > STATE:
                self._low &= STATE
                _increase(self._words)
            if self._range < LEAST_RANGE:
                self._words.append(self._low >> WORD_BITS)
                self._low = (self._low << WORD_BITS) & STATE
                self._range <<= WORD_BITS

    def get_compressed(self) -> npt.NDArray[np.uint32]:
        """The words that hold all symbols; the encoder stays as it is."""
        words = list(self._words)
        if words or self._range != STATE:
            point = self._low + WORD
            if point > STATE:
                _increase(words)
            first = (point & STATE) >> WORD_BITS
            words.append(first)
            if (self._low + self._range & STATE) >> WORD_BITS == first:
                words.append(0)
        return np.array(words, np.uint32)


def _increase(words: list[int]) -> None:
    """Add one to what the words say as one number: a carry."""
    place = len(words) - 1
    while words[place] == WORD:
        words[place] = 0
        place -= 1
    words[place] += 1


class RangeDecoder:
    """Reads symbols from 32-bit words; past their end there are zeros."""

    def __init__(self, words: npt.NDArray[np.uint32]) -> None:
        self._words: list[int] = words.tolist()
        self._next, self._low, self._range = 2, 0, STATE
        first, second = [*self._words, 0, 0][:2]
        self._point = first << WORD_BITS | second

    def decode(self, model: Categorical, amount_or_rows: int | npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """So many symbols of one model, or one for each row of weights. Raises AssertionError for impossible words."""
        rows = None if isinstance(amount_or_rows, int) else amount_or_rows
        count = amount_or_rows if isinstance(amount_or_rows, int) else len(amount_or_rows)
        if not count:
            return np.zeros(0, np.int32)
        edges, length, starts = model.edges(rows)
        symbols = (self._symbol(edges, start, length) for start in islice(starts, count))
        return np.fromiter(symbols, np.int32, count)

    def _symbol(self, edges: list[int], start: int, length: int) -> int:
        scale = self._range >> PRECISION
        quantile = ((self._point - self._low) & STATE) // scale
        if quantile >> PRECISION:
            raise AssertionError("compressed data is invalid for the entropy model")
        place = bisect_right(edges, quantile, start, start + length) - 1
        left = edges[place]
        self._low = (self._low + scale * left) & STATE
        self._range = scale * (edges[place + 1] - left)
        if self._range < LEAST_RANGE:
            self._shift()
        return place - start

    def _shift(self) -> None:
        self._low = (self._low << WORD_BITS) & STATE
        self._range <<= WORD_BITS
        word = self._words[self._next] if self._next < len(self._words) else 0
        self._point = (self._point << WORD_BITS) & STATE | word
        self._next += 1

    def maybe_exhausted(self) -> bool:
        """False where something that was encoded is left for sure."""
        if self._next < len(self._words):
            return False
        return self._range == STATE or (self._point - self._low) & STATE < 2 * LEAST_RANGE - 1


queue = SimpleNamespace(RangeEncoder=RangeEncoder, RangeDecoder=RangeDecoder)
model = SimpleNamespace(Categorical=Categorical)
