"""Codes of the shift array mean the weights, in narrow windows; what its lanes count too much is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from ops import ShiftConv2d
from ops.shift_conv2d.codes import TermCodes, deal, selections, signed_digits

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
        # Of three digits, told as four pairs of exponents; beyond two's complement of four pairs of bits.
        np.array([value for value in range(-170, 171) if len(signed_digits(value)) <= 3]).reshape(1, -1, 1, 1),
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
    [
        *((1, 8, 1, 4, 0), (1, 128, 1, 8, 0), (2, 40, 2, 4, 2), (3, 127, 4, 2, 2), (4, 127, 4, 2, 2)),
        (4, 170, 4, 2, 2),
    ],
)
def test_the_cheaper_terms_are_taken(digits: int, largest: int, terms: int, window: int, step: int) -> None:
    sparse = [value for value in range(-largest, largest + 1) if len(signed_digits(value)) <= digits]
    codes = TermCodes.of(np.array(sparse)[None, :, None, None])
    assert (codes.terms, codes.window, codes.step) == (terms, window, step)


def test_terms_lie_as_far_apart_as_digits() -> None:
    codes = TermCodes.of(np.array([1 + (1 << 6) + (1 << 12)]).reshape(1, 1, 1, 1))
    assert (codes.terms, codes.window, codes.step) == (3, 1, 6)


@pytest.mark.parametrize(
    ("low", "high", "are_booth"),
    [(-8, 7, True), (-8, 8, False), (-128, 127, True), (-170, 170, False), (-1, 1, False), (-2, 1, False)],
)
def test_weights_of_pairs_of_bits_are_recoded_from_long_memories_on(low: int, high: int, are_booth: bool) -> None:
    weights = np.arange(low, high + 1).reshape(1, -1, 1, 1)
    assert TermCodes.of(weights).are_booth == are_booth
    digits = [signed_digits(value) for value in range(low, high + 1)]
    terms = np.zeros((max(map(len, digits)), 1, len(digits), 1, 1), np.int8)
    for index, found in enumerate(digits):
        terms[: len(found), 0, index, 0, 0] = [(exponent + 1) * (1 - 2 * sign) for exponent, sign in found]
    convolution = ShiftConv2d(terms, np.zeros(1, np.int64))
    assert np.array_equal(convolution.weights(), weights)
    assert convolution.is_recoded([1023, 1024, 5000]).tolist() == [False, are_booth, are_booth]


def test_columns_without_weights_have_no_base() -> None:
    weights = np.array([[[[0, 4, 0]] * 3]]) * np.array([1, 1, 0])
    assert TermCodes.of(weights).base.tolist() == [[0, 2, 0]]


@pytest.mark.parametrize("width", [1, 2, 5, 8])
@pytest.mark.parametrize("largest", [0, 1, 2, 3, 6, 7, 12])
def test_places_as_far_apart_as_a_stage_shifts_share_a_table(width: int, largest: int) -> None:
    """Counted chain by chain of such places: two of them take a table."""
    for stage, (bits, tables) in enumerate(selections(width, largest)):
        chains = [len(range(first, bits, 1 << stage)) for first in range(1 << stage)]
        assert tables == sum((length + 1) // 2 for length in chains)


def test_columns_have_windows_of_their_own() -> None:
    weights = RNG.choice([-8, -4, -2, -1, 1, 2, 4, 8], (3, 40, 5, 5)) << np.array([0, 2, 5, 2, 1])
    codes = TermCodes.of(weights)
    assert (codes.terms, codes.window) == (1, 4) and codes.base.tolist() == 3 * [[0, 2, 5, 2, 1]]


def test_digits_that_no_term_takes_are_refused() -> None:
    assert deal([(0, 0), (2, 1)], terms=2, step=2, window=2) == {0: (0, 0), 1: (0, 1)}
    assert deal([(0, 0), (1, 1)], terms=2, step=2, window=2) is None
    assert deal([(4, 0)], terms=2, step=2, window=2) is None
    assert deal([(4, 0)], terms=1, step=0, window=2) is None


@pytest.mark.parametrize("largest", [1, 3, 40, 127])
@pytest.mark.parametrize("data_width", [1, 8])
def test_the_excess_is_what_lanes_count_too_much(largest: int, data_width: int) -> None:
    """The sum of the lanes' words beside the true one, for any data: the difference depends on the weights alone."""
    weights = RNG.integers(-largest, largest + 1, (5, 4, 3, 3)) << RNG.integers(0, 4, (5, 1, 1, 3))
    codes = TermCodes.of(weights)
    data = RNG.integers(-(1 << data_width - 1), 1 << data_width - 1, (4, 3, 3))
    true = (weights * data).sum(axis=(1, 2, 3))
    assert np.array_equal(array_sum(codes, data, data_width + codes.window - 1) - true, codes.excess(data_width))


def array_sum(codes: TermCodes, data: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """The lanes, one at a time: a word of `width` bits, all or none of them turned, then the highest in any case."""
    sums = np.zeros(codes.used.shape[1], np.int64)
    for term, output, *place in np.argwhere(codes.used).tolist():
        at = (term, output, *place)
        word = (int(data[tuple(place)]) << int(codes.exponents[at])) % (1 << width)
        if codes.signs[at]:
            word = (1 << width) - 1 - word
        word ^= 1 << width - 1
        sums[output] += word << (term * codes.step + int(codes.base[output, place[-1]]))
    return sums


@pytest.mark.parametrize(
    ("largest", "recoded"), [(3, False), (40, False), (127, False), (127, True), (511, False), (511, True)]
)
def test_codes_in_memory_mean_the_weights(largest: int, recoded: bool) -> None:
    """Read back as `shift_codes.sv` reads them."""
    weights = RNG.integers(-largest, largest + 1, (4, 3, 3, 3)) << RNG.integers(0, 3, (4, 1, 1, 1))
    weights[0, 0, 0] = (0, 1, -1)
    codes = TermCodes.of(weights)
    assert not recoded or codes.are_booth
    words = codes.in_memory(recoded)
    assert words.min() >= 0 and words.max() < 1 << codes.code_bits(recoded)
    assert (words[weights == 0] == codes.idle(recoded)).all()
    if recoded:
        top = 1 << codes.code_bits(True) - 1
        read = (words ^ top) - top
    else:
        read, bits = np.zeros_like(weights), codes.exponent_bits
        for term in range(codes.terms):
            code = words >> term * (bits + 1)
            exponent, sign = code & (1 << bits) - 1, code >> bits & 1
            read += np.where(exponent < codes.window, (1 - 2 * sign) << exponent + term * codes.step, 0)
    assert np.array_equal(read << codes.base[:, None, None], weights)


@pytest.mark.parametrize(("window", "bits"), [(1, 2), (3, 3), (4, 4), (7, 4), (8, 5)])
def test_a_power_of_two_takes_a_sign_and_an_exponent_or_none(window: int, bits: int) -> None:
    codes = TermCodes.of(np.array([0, *(1 << np.arange(window)), -1])[None, :, None, None])
    assert (codes.terms, codes.window, codes.code_bits(False)) == (1, window, bits)
