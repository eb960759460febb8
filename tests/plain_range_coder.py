"""A range coder in plain Python integers, written from docs/bitstream.md: what every other coder must agree with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

BITS = 24
WORD = 32
FULL = (1 << 64) - 1
LEAST = 1 << 32


def cumulative(counts: Sequence[int]) -> list[int]:
    """Left edges of the symbols and the total, in units of 2**-24; counts sum to 2**16 or to 2**24."""
    edges, unit = [0], (1 << BITS) // sum(counts)
    for count in counts:
        edges.append(edges[-1] + count * unit)
    assert edges[-1] == 1 << BITS
    return edges


def encode(symbols: Iterable[tuple[int, Sequence[int]]]) -> list[int]:
    """32-bit words for pairs of a symbol and its counts. The low end is one integer of unlimited length."""
    low, width, shifts, empty = 0, FULL, 0, True
    for symbol, counts in symbols:
        edges = cumulative(counts)
        scale = width >> BITS
        low += scale * edges[symbol]
        width = scale * (edges[symbol + 1] - edges[symbol])
        empty = False
        if width < LEAST:
            low, width, shifts = low << WORD, width << WORD, shifts + 1
    if empty:
        return []
    point = low + LEAST - 1
    words = [point >> WORD]
    if ((low + width) >> WORD) & 0xFFFFFFFF == words[0] & 0xFFFFFFFF:
        words = [point >> WORD << WORD]
        count = shifts + 2
    else:
        count = shifts + 1
    return [(words[0] >> (WORD * place)) & 0xFFFFFFFF for place in reversed(range(count))]


class Decoder:
    """Reads symbols from 32-bit words; past the end there are zeros."""

    def __init__(self, words: Sequence[int]) -> None:
        self.words = [*words]
        self.low, self.width = 0, FULL
        self.point = (self._next() << WORD) | self._next()

    def _next(self) -> int:
        return self.words.pop(0) if self.words else 0

    def decode(self, counts: Sequence[int]) -> int:
        """The next symbol."""
        edges = cumulative(counts)
        scale = self.width >> BITS
        quantile = ((self.point - self.low) & FULL) // scale
        symbol = next(index for index in range(len(counts)) if quantile < edges[index + 1])
        self.low = (self.low + scale * edges[symbol]) & FULL
        self.width = scale * (edges[symbol + 1] - edges[symbol])
        if self.width < LEAST:
            self.low, self.width = (self.low << WORD) & FULL, self.width << WORD
            self.point = ((self.point << WORD) | self._next()) & FULL
        return symbol
