"""The range coder of host/coder.py in machine code: its encoder whole, of its decoder the state."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from host.coder import FIRST_WORDS, LEAST_RANGE, PRECISION, STATE, WORD, check_end
from host.kernels.interface import Int32

Words = npt.NDArray[np.uint16]
State = npt.NDArray[np.uint64]


@numba.njit(cache=True, nogil=True)
def _raise(words: Words, used: int, low: Any, amount: Any) -> Any:
    """The new low; a carry goes into the words that are written."""
    total = low + amount
    if total < low:
        place = used - 1
        while words[place] == 0xFFFF:
            words[place] = 0
            place -= 1
        words[place] += 1
    return total


@numba.njit(cache=True, nogil=True)
def _encode(words: Words, used: int, state: State, lefts: Int32, counts: Int32) -> int:
    low, span = state[0], state[1]
    for index in range(len(lefts)):
        scale = span >> np.uint64(PRECISION)
        low = _raise(words, used, low, scale * np.uint64(lefts[index]))
        span = scale * np.uint64(counts[index])
        while span < np.uint64(LEAST_RANGE):
            words[used] = np.uint16(low >> np.uint64(48))
            used += 1
            low, span = low << np.uint64(16), span << np.uint64(16)
    state[0], state[1] = low, span
    return used


class CompiledRangeEncoder:
    """See host/coder.py."""

    def __init__(self) -> None:
        self._words: Words = np.empty(1 << 12, np.uint16)
        self._used, self._state = 0, np.array([0, STATE], np.uint64)

    def encode(self, lefts: Int32, counts: Int32) -> None:
        """Append symbols by their left edges and counts, in units of 2**-28."""
        needed = self._used + 2 * len(lefts) + 1
        if needed > len(self._words):
            self._words = np.concatenate([self._words[: self._used], np.empty(2 * needed, np.uint16)])
        self._used = _encode(self._words, self._used, self._state, lefts, counts)

    def finish(self) -> bytes:
        """All words; one more says where in the last range they end, for zeros follow."""
        words, used, (low, span) = self._words, self._used, self._state
        if span == STATE and not used:
            return b""
        words[used] = int(_raise(words, used, low, np.uint64(LEAST_RANGE - 1))) >> 48
        return words[: used + 1].astype(WORD).tobytes()


class CompiledRangeDecoder:
    """See host/coder.py; its state are the offset, the range and how many words were taken."""

    def __init__(self, words: Words) -> None:
        self.words = words
        first = np.concatenate([words, np.zeros(FIRST_WORDS, np.uint16)])[:FIRST_WORDS].tolist()
        offset = first[0] << 48 | first[1] << 32 | first[2] << 16 | first[3]
        self.state = np.array([offset, STATE, FIRST_WORDS], np.uint64)

    def finish(self) -> None:
        """Raises CodingError where words are left."""
        _, span, taken = self.state.tolist()
        check_end(len(self.words), taken, span)
