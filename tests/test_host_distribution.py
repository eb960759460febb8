"""The constants of distributions are real numbers rounded, and both sets of inner loops make equal edges of them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.distribution import EXPONENTIALS, SCALES, TOTAL, tables
from host.kernels import compiled, plain
from host.steps import SYMBOL_HIGH, SYMBOL_LOW
from plain_channel_groups import Distribution, exponential, logarithm, tail, tangent, unit

SIZES = range(1 - SYMBOL_LOW)


def test_exponentials_are_real_numbers_rounded() -> None:
    assert tables().exponentials.tolist() == [exponential(index) for index in range(EXPONENTIALS)]


def test_features_are_real_numbers_rounded() -> None:
    assert tables().magnitudes.tolist() == [logarithm(size) for size in SIZES]
    assert tables().values.tolist() == [tangent(size) for size in SIZES]


def test_tails_are_real_numbers_rounded() -> None:
    """Against 50 decimal digits: whole for some scales, of every scale a few distances, the end among them."""
    starts = tables().starts.tolist()
    for index in range(SCALES):
        found = tables().tails[starts[index] : starts[index + 1]].tolist()
        places = range(len(found)) if index in (0, 63, 64, 75, 100) else (0, 1, 2, len(found) // 3, len(found) - 2)
        assert all(found[place] == tail(index, place) for place in places if place < len(found))
        assert found[-1] == 0 == tail(index, len(found) - 1) and tables().units[index] == unit(index)
        assert found[0] == TOTAL // 2 and (np.diff(found) <= 0).all()


def test_known_constants_stay() -> None:
    """They are part of the file format."""
    total = hashlib.sha256()
    for table in tables():
        total.update(table.astype("<i4").tobytes())
    assert total.hexdigest() == DIGEST


DIGEST = "61bbde37d520e714fe9a45062d397d706a1f6b5771a63f5d96aa272dd203094c"


@st.composite
def raw_parameters(draw: st.DrawFn) -> list[int]:
    """Logits, means and log scales of both parts, near to each other or anywhere in 16 bits."""
    wide = st.integers(-(2**15), 2**15 - 1)
    logits, scales = (draw(st.lists(st.integers(-250, 250) | wide, min_size=2, max_size=2)) for _ in range(2))
    means = draw(
        st.lists(st.integers(-500, 500) | st.sampled_from([-(2**15), 2**15 - 1]) | wide, min_size=2, max_size=2)
    )
    return [*logits, *means, *scales]


@settings(deadline=None, max_examples=120)
@given(raw_parameters(), st.lists(st.integers(SYMBOL_LOW, SYMBOL_HIGH), min_size=1, max_size=5))
def test_kernels_and_plain_integers_agree_on_every_distribution(raw: list[int], values: list[int]) -> None:
    taken = [*values, SYMBOL_LOW, SYMBOL_HIGH, 0]
    rows, symbols = np.array([raw] * len(taken), np.int16), np.array(taken, np.int16)[:, None]
    distribution = Distribution(raw[:2], raw[2:4], raw[4:])
    expected = [[distribution.edge(value), distribution.edge(value + 1) - distribution.edge(value)] for value in taken]
    for module in (compiled, plain):
        assert np.stack(module.intervals(rows, symbols), -1)[:, 0].tolist() == expected


@pytest.mark.parametrize("log_scale", [-64, -10, 0, 12, 40, 80])
@pytest.mark.parametrize("mean", [0, 7, -16300])
def test_a_distribution_costs_what_the_real_one_costs(log_scale: int, mean: int) -> None:
    """The expected bits beside the entropy of the real distribution: at most 0.1 % more, and 0.0001 bits."""
    values = np.arange(SYMBOL_LOW, SYMBOL_HIGH + 1, dtype=np.int16)
    raw = np.tile(np.array([0, 0, mean, mean, log_scale, log_scale], np.int16), (len(values), 1))
    counts = compiled.intervals(raw, values[:, None])[1][:, 0]
    assert counts.min() >= 1 and counts.sum() == TOTAL
    scale, edges = np.exp(log_scale / 16), np.arange(SYMBOL_LOW, SYMBOL_HIGH + 2) - 0.5 - mean / 16
    tails = 0.5 * np.exp(-np.abs(edges) / scale)
    below = np.where(edges < 0, tails, 1 - tails)
    below[0], below[-1] = 0, 1
    shares = np.maximum(np.diff(below), 0)
    real = -float((shares * np.log2(np.maximum(shares, 1e-300))).sum())
    found = float((shares * (28 - np.log2(counts))).sum())
    assert found <= real * 1.001 + 1e-4
