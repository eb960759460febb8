"""Codes of the shift array: signed digits of the weights, dealt out to terms of a narrow window of exponents each.

Few terms with a choice of several exponents, or one for each pair of exponents: whichever takes fewer lookup tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ops.packing import signed_width

Array = npt.NDArray[np.int64]

Digit = tuple[int, int]
"""(exponent, sign), the sign 0 or 1."""


def signed_digits(value: int) -> list[Digit]:
    """The digits of the non-adjacent form, ascending: no sum of signed powers of two has fewer."""
    digits, exponent = [], 0
    while value:
        if value & 1:
            negative = value & 2
            digits.append((exponent, int(bool(negative))))
            value += 1 if negative else -1
        value >>= 1
        exponent += 1
    return digits


def deal(digits: list[Digit], terms: int, step: int, window: int) -> dict[int, Digit] | None:
    """The digits by term, where term i takes exponents i * step to i * step + window - 1; None if they do not fit."""
    dealt: dict[int, Digit] = {}
    term = 0
    for exponent, sign in digits:
        while term < terms and term * step + window <= exponent:
            term += 1
        if term == terms or exponent < term * step:
            return None
        dealt[term] = (exponent - term * step, sign)
        term += 1
    return dealt


@dataclass(frozen=True)
class TermCodes:
    """What each lane of each term does: arrays of shape (terms, output channels, input channels, kernel, kernel).

    A weight is 2**base times the sum over its used terms i of +-2**(exponents[i] + i * step); `signs` is 1 for minus.
    `base` is of an output channel and a column of the kernel, whose taps an array sums up in the same cycle.
    """

    step: int
    window: int
    base: Array
    exponents: Array
    used: Array
    signs: Array

    @property
    def terms(self) -> int:
        """Most digits of a weight, at least 1."""
        return len(self.used)

    @property
    def exponent_bits(self) -> int:
        """Of a term in memory, one exponent beyond the window for an idle lane included."""
        return self.window.bit_length()

    @cached_property
    def are_booth(self) -> bool:
        """Whether the terms are what Booth's recoding makes of weights in two's complement, two bits a term."""
        return _are_booth(self.terms, self.step, self.window, self.lane_weights())

    def lane_weights(self) -> Array:
        """The weights without their bases, shape (output channels, input channels, kernel, kernel)."""
        places = self.exponents + self.step * np.arange(self.terms)[:, None, None, None, None]
        values: Array = (self.used * (1 - 2 * self.signs) << places).sum(axis=0)
        return values

    def code_bits(self, recoded: bool) -> int:
        """Bits of a weight in memory: of its sign and exponent a term, or of the weight itself, which is recoded."""
        return 2 * self.terms if recoded else self.terms * (self.exponent_bits + 1)

    def idle(self, recoded: bool) -> int:
        """The code of no weight."""
        return 0 if recoded else self._joined(np.full(self.terms, (1 << self.exponent_bits) - 1)).item()

    def in_memory(self, recoded: bool) -> Array:
        """The code of each weight, of `code_bits`, the first term lowest; a term's sign lies above its exponent."""
        if recoded:
            return self.lane_weights() & (1 << 2 * self.terms) - 1
        exponents = np.where(self.used, self.exponents, (1 << self.exponent_bits) - 1)
        return self._joined(exponents | self.signs << self.exponent_bits)

    def _joined(self, terms: Array) -> Array:
        """Codes of the terms along the first axis, side by side."""
        places = (self.exponent_bits + 1) * np.arange(self.terms)
        joined: Array = (terms << places.reshape(-1, *[1] * (terms.ndim - 1))).sum(axis=0)
        return joined

    @classmethod
    def of(cls, weights: Array) -> TermCodes:
        """The cheapest terms that hold integer weights (outputs, inputs, kernel, kernel)."""
        lowest = np.where(weights == 0, 1 << 62, weights & -weights).min(axis=(1, 2))
        base = np.where(lowest == 1 << 62, 0, np.frexp(lowest)[1] - 1).astype(np.int64)
        values, places = np.unique(weights >> base[:, None, None], return_inverse=True)
        options = _fewest(values.tolist()), _pairs(values.tolist())
        dealing = min(options, key=lambda option: lane_price(option.terms, option.window))
        if _are_booth(dealing.terms, dealing.step, dealing.window, values):
            dealing = _booth(values.tolist(), dealing.terms)
        table = np.zeros((3, dealing.terms, len(values)), np.int64)
        for index, by_term in enumerate(dealing.dealt):
            for term, (exponent, sign) in by_term.items():
                table[:, term, index] = exponent, 1, sign
        exponents, used, signs = table[..., places.reshape(weights.shape)]
        return cls(dealing.step, dealing.window, base, exponents, used, signs)

    def excess(self, data_width: int) -> Array:
        """What the array adds to each output channel's sum, shape (outputs,), for signed data of that width.

        A lane counts from the lowest value of its result, and has the complement in place of the negative.
        """
        lowest = 1 << (data_width + self.window - 2)
        lanes = (self.used * (lowest - self.signs)).sum(axis=(2, 3)) << self.base
        total: Array = (lanes.sum(axis=2) << (self.step * np.arange(self.terms))[:, None]).sum(axis=0)
        return total


@dataclass(frozen=True)
class _Dealing:
    """The digits of several values by term, where term i takes `window` exponents from i * step on."""

    terms: int
    step: int
    window: int
    dealt: list[dict[int, Digit]]


def selections(width: int, largest: int) -> Iterator[tuple[int, int]]:
    """Selected bits of each stage of a lane that shifts `width` bits by up to `largest`, and lookup tables for these.

    Places that lie as far apart as a stage shifts share a table; a sign that is selected from two takes nothing.
    """
    stages = max(1, largest.bit_length())
    for stage in range(stages):
        distance = 1 << stage
        bits = width + min(2 * distance - 1, largest) - (stage < stages - 1)
        yield bits, bits // (2 * distance) * distance + min(bits % (2 * distance), distance)


def lane_price(terms: int, window: int) -> float:
    """Lookup tables of a lane for data of 8 bits, in its selection and its share of the adders.

    Each place of an adder takes two lanes off. A further term, which takes registers, has to save a twentieth.
    """
    selected = sum(pairs for _, pairs in selections(8, window - 1))
    return terms * (selected + (8 + window - 1 + 2) / 2) * 1.05**terms


def _fewest(values: list[int]) -> _Dealing:
    """The fewest terms, and the narrowest window at which they hold all values."""
    digits = [signed_digits(value) for value in values]
    terms = max(1, *map(len, digits))
    span = 1 + max((exponent for value in digits for exponent, _ in value), default=0)
    for window in range(1, span + 1):
        step = -(-(span - window) // (terms - 1)) if terms > 1 else 0
        dealt = [deal(value, terms, step, window) for value in digits]
        whole = [by_term for by_term in dealt if by_term is not None]
        if len(whole) == len(digits) and step * (terms - 1) + window >= span:
            return _Dealing(terms, step, window, whole)
    raise AssertionError("a window of the whole span holds every digit")


def _pairs(values: list[int]) -> _Dealing:
    """A term for each pair of exponents: digits of radix 4 from -2 to 2."""
    dealt = [dict(_digits_of_radix_four(value)) for value in values]
    return _Dealing(1 + max((term for by_term in dealt for term in by_term), default=0), 2, 2, dealt)


def _are_booth(terms: int, step: int, window: int, values: Array) -> bool:
    """Whether terms are pairs of exponents, and as many as the two's complement of all values has pairs of bits."""
    return terms > 1 and step == window == 2 and signed_width(values) <= 2 * terms


def _booth(values: list[int], terms: int) -> _Dealing:
    """Booth's digits of radix 4: of the bits 2 * i + 1, 2 * i and 2 * i - 1, which count -2, 1 and 1."""
    dealt: list[dict[int, Digit]] = []
    for value in values:
        by_term = {}
        for term in range(terms):
            high, middle, low = (value << 1 >> 2 * term + bit & 1 for bit in (2, 1, 0))
            if digit := middle + low - 2 * high:
                by_term[term] = (abs(digit) - 1, int(digit < 0))
        dealt.append(by_term)
    return _Dealing(terms, 2, 2, dealt)


def _digits_of_radix_four(value: int) -> Iterator[tuple[int, Digit]]:
    """Place and digit, which is given as a power of two; of 2 and -2, which both would do, the nearer to zero's end."""
    place = 0
    while value:
        digit = (value + 1) % 4 - 1
        if digit == 2 and value < 0:
            digit = -2
        if digit:
            yield place, (abs(digit) - 1, int(digit < 0))
        value, place = (value - digit) >> 2, place + 1
