"""Range coding gives symbols back, in the same words whoever writes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host import coder
from host.coder import CodingError, words_of
from host.kernels import compiled_coder
from plain_range_coder import encode

TOTAL = 1 << coder.PRECISION
IMPLEMENTATIONS = [coder.RangeEncoder, compiled_coder.CompiledRangeEncoder]


@st.composite
def interval_lists(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Left edges and counts, among them the narrowest, those that leave next to nothing, and both ends."""
    count = st.integers(1, TOTAL - 1) | st.sampled_from([1, 2, TOTAL - 2047, TOTAL - 1, TOTAL])
    counts = draw(st.lists(count, max_size=60))
    return [(draw(st.sampled_from([0, TOTAL - c, (TOTAL - c) // 2])), c) for c in counts]


@settings(deadline=None, max_examples=300)
@given(interval_lists(), st.integers(0, 60))
def test_all_write_the_same_words_which_give_the_intervals_back(intervals: list[tuple[int, int]], part: int) -> None:
    words = b"".join(word.to_bytes(2, "little") for word in encode(intervals))
    lefts, counts = (np.array([pair[index] for pair in intervals], np.int32) for index in (0, 1))
    for make in IMPLEMENTATIONS:
        encoder = make()
        encoder.encode(lefts[:part], counts[:part])
        encoder.encode(lefts[part:], counts[part:])
        assert encoder.finish() == words
    decoder = coder.RangeDecoder(words_of(words))
    for left, count in intervals:
        assert left <= decoder.quantile() < left + count
        decoder.take(left, count)
    decoder.finish()


def test_carries_run_through_many_words() -> None:
    """The low end stays just below a word's end until the last symbol."""
    intervals = [(TOTAL // 2 - 1, 1)] + [(TOTAL - 1, 1)] * 40 + [(TOTAL - 2, 2)] * 3
    lefts, counts = (np.array([pair[index] for pair in intervals], np.int32) for index in (0, 1))
    words = b"".join(word.to_bytes(2, "little") for word in encode(intervals))
    for make in IMPLEMENTATIONS:
        encoder = make()
        encoder.encode(lefts, counts)
        assert encoder.finish() == words


def test_nearly_certain_symbols_take_what_they_should() -> None:
    """100,000 symbols of 0.001 bits each."""
    count = round(TOTAL * 2**-0.001)
    encoder = compiled_coder.CompiledRangeEncoder()
    encoder.encode(np.zeros(100_000, np.int32), np.full(100_000, count, np.int32))
    assert 100 <= 8 * len(encoder.finish()) <= 117


def test_bad_words_are_refused() -> None:
    with pytest.raises(CodingError, match="whole words of 2 bytes, not 3 bytes"):
        words_of(b"abc")
    decoder = coder.RangeDecoder(words_of(b"\xff" * 8))
    with pytest.raises(CodingError, match="what no encoder writes"):
        decoder.quantile()
    decoder = coder.RangeDecoder(words_of(b"\1\0\1\0"))
    with pytest.raises(CodingError, match="4 bytes of compressed symbols cannot hold all of them"):
        decoder.take(0, 1)
        decoder.take(0, 1)
    decoder = coder.RangeDecoder(words_of(b"\0\0\0\0"))
    with pytest.raises(CodingError, match="must end after 2 bytes, not after 4"):
        decoder.finish()
