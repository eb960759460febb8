"""The constants of the law are the real numbers rounded, and both sets of inner loops make the same rows of them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_context_model import distribution, exponential, law

from host.kernels import compiled, plain
from host.law import (
    DISTANCES,
    EXPONENTIALS,
    LEVELS,
    LOWEST_START,
    TOTAL,
    WINDOW,
    distribution_table,
    exponential_table,
    window_table,
)


def test_exponentials_are_real_numbers_rounded() -> None:
    assert exponential_table().tolist() == [exponential(index) for index in range(EXPONENTIALS)]


@pytest.mark.parametrize("level", [0, 1, 40, 63, 64, 65, 100, 143, 144])
def test_distributions_are_real_numbers_rounded(level: int) -> None:
    """Against 50 decimal digits; all levels by a few distances below."""
    assert distribution_table()[level].tolist() == [distribution(level, index) for index in range(DISTANCES)]


def test_every_level_is_right_somewhere() -> None:
    table = distribution_table()
    for level in range(LEVELS):
        for index in (0, 1, 7, 40, 333, DISTANCES - 1):
            assert table[level, index] == distribution(level, index)


def test_distributions_rise() -> None:
    table = distribution_table()
    assert (np.diff(table, axis=1) >= 0).all() and (np.diff(table, axis=0) <= 0).all()
    assert (table[:, 0] == TOTAL // 2).all() and table.max() <= TOTAL
    assert (np.diff(exponential_table()) <= 0).all() and exponential_table()[-4:].tolist() == [0] * 4


def test_known_constants_stay() -> None:
    """They are part of the file format; docs/bitstream.md has these digests."""
    digests = [hashlib.sha256(table.astype("<i4").tobytes()).hexdigest() for table in tables()]
    assert digests[0] == "815d7023dabebdd53bebcebb354fb982bb8b3bcbda663fd366b5eed88d505c48"
    assert digests[1] == "be96da83e7802145b4a6de9a7817bd5961c19bbcc61bcd3891b86f00552c4ef3"


def tables() -> tuple[Any, Any]:
    return exponential_table(), distribution_table()


def test_window_table_has_both_signs() -> None:
    table = window_table()
    for level, phase, place in [(0, 0, 0), (80, 0, -LOWEST_START), (80, 5, 90), (144, 15, 170), (144, 3, -1)]:
        whole = place % table.shape[2] + LOWEST_START
        assert table[level, phase, place] == distribution(level, 16 * whole + phase)


@st.composite
def raw_parameters(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    components, channels = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread = np.array([draw(st.sampled_from([0, 3, 60, 400, 32767])) for _ in range(3)])
    parts = rng.integers(-spread[:, None] - 1, spread[:, None] + 1, (4, 3, components * channels))
    return parts.reshape(4, -1).astype(np.int16), components


@settings(max_examples=80, deadline=None)
@given(raw_parameters())
def test_kernels_and_plain_integers_agree_on_every_law(case: tuple[np.ndarray, int]) -> None:
    raw, components = case
    arguments = raw, components, exponential_table(), window_table()
    (rows, lows), (expected, expected_lows) = compiled.window_rows(*arguments), plain.window_rows(*arguments)
    np.testing.assert_array_equal(rows, expected, strict=True)
    np.testing.assert_array_equal(lows, expected_lows, strict=True)
    assert rows.min() >= 0 and (rows.sum(1) == TOTAL - WINDOW - 1).all()
    assert lows.min() >= -128 and lows.max() + WINDOW - 1 <= 127
    channels = raw.shape[1] // (3 * components)
    parameters = raw[0].reshape(3, components, channels)[:, :, channels // 2].tolist()
    counts, low = law(*parameters)
    assert low == lows[channels // 2] and counts == (rows[channels // 2] + 1).tolist()
