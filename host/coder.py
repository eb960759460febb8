"""The range coder in plain integers: words of 16 bits, a state of 64 bits, counts that sum to 2**28.

It is the queue coder of Bamler's constriction library with other sizes: with so small words, what the range loses by
division is nothing even where a symbol takes 0.001 bits. host/kernels/compiled.py has the same in machine code.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PRECISION = 28
"""Counts sum to 2**28."""

WORD_BITS = 16
WORD = np.dtype("<u2")
"""Unit of the compressed data, in little-endian order."""

STATE = (1 << 64) - 1
"""Largest 64-bit number: where the range begins, and the mask of what is modulo 2**64."""

HELD_BITS = 64 - WORD_BITS
LEAST_RANGE = 1 << HELD_BITS
"""A word is written when the range falls below."""

FIRST_WORDS = 4
"""A decoder holds so many words."""


class CodingError(ValueError):
    """Compressed data that no encoder made, or symbols outside their range."""


class RangeEncoder:
    """Writes symbols, each an interval of the range."""

    def __init__(self) -> None:
        self._words: list[int] = []
        self._low, self._range = 0, STATE

    def encode(self, lefts: npt.NDArray[np.int32], counts: npt.NDArray[np.int32]) -> None:
        """Append symbols by their left edges and counts, in units of 2**-28."""
        for left, count in zip(lefts.tolist(), counts.tolist(), strict=True):
            scale = self._range >> PRECISION
            self._raise(scale * left)
            self._range = scale * count
            while self._range < LEAST_RANGE:
                self._words.append(self._low >> HELD_BITS)
                self._low = (self._low << WORD_BITS) & STATE
                self._range <<= WORD_BITS

    def _raise(self, amount: int) -> None:
        self._low += amount
        if self._low > STATE:
            self._low &= STATE
            place = len(self._words) - 1
            while self._words[place] == (1 << WORD_BITS) - 1:
                self._words[place] = 0
                place -= 1
            self._words[place] += 1

    def finish(self) -> bytes:
        """All words; one more says where in the last range they end, for zeros follow."""
        if self._range != STATE or self._words:
            self._raise(LEAST_RANGE - 1)
            self._words.append(self._low >> HELD_BITS)
        return np.array(self._words, WORD).tobytes()


class RangeDecoder:
    """Reads symbols from words."""

    def __init__(self, words: npt.NDArray[np.uint16]) -> None:
        self._words: list[int] = words.tolist()
        self._taken = 0
        self._offset, self._range = 0, STATE
        for _ in range(FIRST_WORDS):
            self._shift()

    def quantile(self) -> int:
        """Where in the range the next symbol lies, in 2**-28. Raises CodingError for what no encoder writes."""
        quantile = self._offset // (self._range >> PRECISION)
        if quantile >> PRECISION:
            raise impossible()
        return quantile

    def take(self, left: int, count: int) -> None:
        """Go past the symbol that covers the quantile. Raises CodingError where words must follow and do not."""
        scale = self._range >> PRECISION
        self._offset -= scale * left
        self._range = scale * count
        while self._range < LEAST_RANGE:
            if self._taken - FIRST_WORDS >= len(self._words) - 1:
                raise truncated(len(self._words))
            self._range <<= WORD_BITS
            self._shift()

    def _shift(self) -> None:
        word = self._words[self._taken] if self._taken < len(self._words) else 0
        self._offset = self._offset << WORD_BITS | word
        self._taken += 1

    def finish(self) -> None:
        """Raises CodingError where words are left."""
        check_end(len(self._words), self._taken, self._range)


def impossible() -> CodingError:
    """For a quantile that no symbol has."""
    return CodingError("compressed symbols hold what no encoder writes")


def truncated(words: int) -> CodingError:
    """For a decoder that needs more than so many words."""
    return CodingError(f"{WORD.itemsize * words} bytes of compressed symbols cannot hold all of them")


def check_end(words: int, taken: int, span: int) -> None:
    """Raises CodingError unless a decoder that took so many words, zeros included, used all of its words."""
    needed = 0 if span == STATE and not words else taken - FIRST_WORDS + 1
    if words != needed:
        size = WORD.itemsize
        raise CodingError(f"compressed symbols must end after {size * needed} bytes, not after {size * words}")


def words_of(data: bytes) -> npt.NDArray[np.uint16]:
    """The words of compressed data. Raises CodingError where they are not whole."""
    if len(data) % WORD.itemsize:
        raise CodingError(f"compressed symbols must be whole words of {WORD.itemsize} bytes, not {len(data)} bytes")
    return np.frombuffer(data, WORD).astype(np.uint16)
