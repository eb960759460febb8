"""Codes of the shift array mean the weights, in narrow windows; its sum for zeros is what complements lack."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from ops.shift_conv2d.codes import TermCodes, deal, idle_sum, relative, signed_digits

RNG = np.random.default_rng(7)


def meant(codes: TermCodes) -> npt.NDArray[np.int64]:
    places = codes.exponents + codes.step * np.arange(codes.terms)[:, None, None, None, None]
    terms = np.where(codes.signs == 1, -1, 1) * codes.used * (1 << places)
    value: npt.NDArray[np.int64] = terms.sum(axis=0) << codes.base[:, None, None]
    return value


@pytest.mark.parametrize("value", [0, 1, -1, 3, 7, -7, 85, -86, 127, -128, 255, 1 << 30])
def test_digits_are_the_value_and_never_adjacent(value: int) -> None:
    digits = signed_digits(value)
    assert sum((-1 if sign else 1) << exponent for exponent, sign in digits) == value
    places = [exponent for exponent, _ in digits]
    assert all(above - below > 1 for below, above in pairwise(places))


@pytest.mark.parametrize(
    "weights",
    [
        RNG.integers(-128, 129, (5, 4, 3, 3)),
        RNG.choice([-16, -1, 0, 4, 32], (6, 2, 1, 1)),
        np.zeros((2, 3, 1, 1), np.int64),
        np.full((1, 1, 1, 1), -(1 << 30)),
        RNG.integers(-3, 4, (4, 2, 3, 3)) << np.arange(4)[:, None, None, None],
        RNG.choice([-4, -2, 0, 1], (4, 2, 5, 5)) << np.array([0, 9, 3, 1, 20]),
    ],
)
def test_codes_mean_the_weights(weights: npt.NDArray[np.int64]) -> None:
    codes = TermCodes.of(weights)
    assert np.array_equal(meant(codes), weights)
    assert codes.exponents.max() < codes.window
    assert codes.exponents.min() >= 0


@pytest.mark.parametrize(
    ("digits", "largest", "terms", "window", "step"),
    [(1, 8, 1, 4, 0), (1, 128, 1, 8, 0), (2, 40, 2, 4, 2), (3, 127, 4, 2, 2), (4, 127, 4, 2, 2)],
)
def test_the_cheaper_terms_are_taken(digits: int, largest: int, terms: int, window: int, step: int) -> None:
    sparse = [value for value in range(-largest, largest + 1) if len(signed_digits(value)) <= digits]
    codes = TermCodes.of(np.array(sparse)[None, :, None, None])
    assert (codes.terms, codes.window, codes.step) == (terms, window, step)


def test_columns_have_windows_of_their_own() -> None:
    weights = RNG.choice([-8, -4, -2, -1, 1, 2, 4, 8], (3, 40, 5, 5)) << np.array([0, 2, 5, 2, 1])
    codes = TermCodes.of(weights)
    assert (codes.terms, codes.window) == (1, 4) and codes.base.tolist() == 3 * [[0, 2, 5, 2, 1]]


def test_digits_that_no_term_takes_are_refused() -> None:
    assert deal([(0, 0), (2, 1)], terms=2, step=2, window=2) == {0: (0, 0), 1: (0, 1)}
    assert deal([(0, 0), (1, 1)], terms=2, step=2, window=2) is None
    assert deal([(4, 0)], terms=2, step=2, window=2) is None


@pytest.mark.parametrize(("terms", "lanes"), [(1, 1), (1, 7), (2, 3), (3, 8)])
def test_idle_sum_is_what_complements_lack(terms: int, lanes: int) -> None:
    """The array's sum beside the true one, for data that are not zero: the difference does not depend on them."""
    step = 2
    signs = RNG.integers(0, 2, (terms, 20, lanes))
    flips = relative(signs)
    data = RNG.integers(-100, 100, (terms, 20, lanes))
    true = (np.where(signs == 1, -data, data).sum(axis=-1) << (step * np.arange(terms)[:, None])).sum(axis=0)
    assert np.array_equal(array_sum(data, flips, step) - true, idle_sum(flips, step))


def array_sum(data: npt.NDArray[np.int64], flips: npt.NDArray[np.int64], step: int) -> npt.NDArray[np.int64]:
    """The array, adder by adder, one output channel at a time."""
    sums = []
    for channel in range(data.shape[1]):
        total, before = 0, 0
        for term in range(len(data)):
            operands = list(zip(data[term, channel].tolist(), flips[term, channel].tolist(), strict=True))
            while len(operands) > 1:
                pairs = zip(operands[::2], [*operands[1::2], None], strict=False)
                operands = [(a + (~b[0] if b[1] else b[0]) if b else a, flip) for (a, flip), b in pairs]
            root, flip = operands[0]
            total = root if term == 0 else (root << (term * step)) + (~total if before else total)
            before = flip
        sums.append(~total if before else total)
    return np.array(sums)
