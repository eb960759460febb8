"""The range coder in plain integers gives the words of constriction, and reads whatever words as it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from constriction import stream

from host import plain_coder

TOTAL = 1 << 24


def weight_rows(rng: np.random.Generator, count: int, symbols: int) -> np.ndarray:
    """Counts less one of `count` laws, often very unequal."""
    shares = rng.random((count, symbols)) ** rng.integers(1, 60)
    counts = 1 + np.floor(shares / shares.sum(axis=1, keepdims=True) * (TOTAL - symbols)).astype(np.int64)
    counts[np.arange(count), rng.integers(0, symbols, count)] += TOTAL - counts.sum(axis=1)
    return (counts - 1).astype(np.float64)


def encoded(coder: Any, shared: np.ndarray, rows: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """Words for the first five symbols by one law, and the others each by its own."""
    encoder = coder.queue.RangeEncoder()
    encoder.encode(symbols[:5], coder.model.Categorical(shared, perfect=False))
    if len(rows):
        encoder.encode(symbols[5:], coder.model.Categorical(perfect=False), rows)
    return encoder.get_compressed()


def decoded(coder: Any, shared: np.ndarray, rows: np.ndarray, words: np.ndarray) -> tuple[list[int], bool | None]:
    """Symbols, and whether the words are exhausted; None where they are refused."""
    decoder = coder.queue.RangeDecoder(words)
    try:
        symbols = decoder.decode(coder.model.Categorical(shared, perfect=False), 5).tolist()
        if len(rows):
            symbols += decoder.decode(coder.model.Categorical(perfect=False), rows).tolist()
    except AssertionError:
        return [], None
    return symbols, decoder.maybe_exhausted()


@pytest.mark.parametrize("seed", range(200))
def test_words_and_symbols_are_those_of_constriction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 40))
    shared, rows = weight_rows(rng, 1, size)[0], weight_rows(rng, int(rng.integers(1, 60)), size)[seed % 7 == 0 :]
    symbols = rng.integers(0, size, 5 + len(rows)).astype(np.int32)
    words = encoded(plain_coder, shared, rows, symbols)
    np.testing.assert_array_equal(words, encoded(stream, shared, rows, symbols), strict=True)
    assert decoded(plain_coder, shared, rows, words) == (symbols.tolist(), True)
    longer = np.append(words, rng.integers(0, 2**32, 2, np.uint32))
    for other in (longer, words[:-1], rng.integers(0, 2**32, 9, np.uint32), np.full(9, 2**32 - 1, np.uint32)):
        assert decoded(plain_coder, shared, rows, other) == decoded(stream, shared, rows, other)


def test_nothing_is_no_words() -> None:
    assert len(plain_coder.RangeEncoder().get_compressed()) == 0
    assert plain_coder.RangeDecoder(np.zeros(0, np.uint32)).maybe_exhausted()


def test_counts_that_do_not_sum_up_are_refused() -> None:
    model = plain_coder.Categorical(np.array([2.0**24, 5.0]))
    with pytest.raises(ValueError, match="sum to 16777216"):
        plain_coder.RangeEncoder().encode(np.zeros(1, np.int32), model)
