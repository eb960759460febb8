"""A range coder in plain Python integers, written from docs/bitstream.md: what every other coder must agree with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

BITS = 28
WORD = 16
FULL = (1 << 64) - 1
LEAST = 1 << 48


def encode(intervals: Iterable[tuple[int, int]]) -> list[int]:
    """Words for left edges and counts. The low end is one integer of unlimited length."""
    low, width, shifts, empty = 0, FULL, 0, True
    for left, count in intervals:
        scale = width >> BITS
        low, width, empty = low + scale * left, scale * count, False
        while width < LEAST:
            low, width, shifts = low << WORD, width << WORD, shifts + 1
    point = (low + LEAST - 1) >> 48
    return [] if empty else [(point >> (WORD * place)) & 0xFFFF for place in reversed(range(shifts + 1))]


class PlainDecoder:
    """Reads symbols from words; past the end there are zeros."""

    def __init__(self, words: Sequence[int]) -> None:
        self.words = [*words]
        self.width, self.offset = FULL, 0
        for _ in range(4):
            self._next()

    def _next(self) -> None:
        self.offset = self.offset << WORD | (self.words.pop(0) if self.words else 0)

    def decode(self, edge: Callable[[int], int], low: int, high: int) -> int:
        """The next symbol, low to high, of a distribution that has left edges."""
        scale = self.width >> BITS
        quantile = self.offset // scale
        symbol = low + bisect_right(range(low, high + 1), quantile, key=edge) - 1
        self.offset -= scale * edge(symbol)
        self.width = scale * (edge(symbol + 1) - edge(symbol))
        while self.width < LEAST:
            self.width <<= WORD
            self._next()
        return symbol
