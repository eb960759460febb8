"""GdnNormalize: the division of generalized divisive normalization, by an integer square root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

import numpy as np

from ops.counting import Operation
from ops.elementwise import elementwise
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware
from ops.primitive import Example, Primitive
from ops.square_root import integer_square_root
from ops.tensor import IntegerArray, TensorType

MAX_SHIFT = 31
"""Largest left shift of the dividend."""


MAX_DIVIDEND = 62
"""Most bits of the shifted dividend: the golden model holds it in 64."""


@dataclass(frozen=True, eq=False)
class GdnNormalize(Primitive):
    """y = sign(x) * ((abs(x) << shift) // max(1, floor(sqrt(norm)))), truncated towards zero.

    `norm` is unsigned with an even number of fractional bits, so that its root is on a grid of its own. The result has
    frac(x) + shift - frac(norm) / 2 fractional bits. Source: GDN (Balle, Laparra, Simoncelli, ICLR 2017), eq. 3.
    """

    shift: int

    arity: ClassVar[int] = 2

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if not 0 <= self.shift <= MAX_SHIFT:
            raise ValueError(f"GdnNormalize shift must be between 0 and {MAX_SHIFT}, not {self.shift!r}")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: the smallest norm bounds the quotient."""
        x, norm = inputs
        check_norm("GdnNormalize", x, norm)
        if x.fixed.width + self.shift > MAX_DIVIDEND:
            raise ValueError(
                f"GdnNormalize shift must leave a dividend of at most {MAX_DIVIDEND} bits, "
                f"not {x.fixed.width + self.shift} (shift {self.shift} of {x.fixed})"
            )
        root = max(1, isqrt(norm.low))
        low, high = (
            (abs(bound) << self.shift) // root * (-1 if bound < 0 else 1) for bound in (min(x.low, 0), max(x.high, 0))
        )
        frac = x.fixed.frac + self.shift - norm.fixed.frac // 2
        return TensorType.of_range(x.channels, low, high, frac, x.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        x, norm = (array.astype(np.int64) for array in inputs)
        root = np.maximum(1, integer_square_root(norm, int(norm.max(initial=1)).bit_length()))
        return np.sign(x) * ((np.abs(x) << self.shift) // root)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """A root and a division for each channel: a trial subtraction for each of their digits."""
        digits = root_digits(inputs[1])
        return (
            Operation("square root", output.channels, digits + 3, steps=digits),
            Operation("divide", output.channels, digits + 1, steps=output.fixed.width),
        )

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        latency = (inputs[1].fixed.width + 1) // 2 + output.fixed.width + 2
        return elementwise(folding, output.channels, latency, {"Shift": self.shift}, arity=2)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Zero norm, perfect squares and their neighbours, extremes of x, wide norms."""
        for label, x_type, norm_type, shift in norm_example_types():
            yield norm_example(label, cls(shift), x_type, norm_type)


def check_norm(name: str, x: TensorType, norm: TensorType) -> None:
    """Raise ValueError unless `norm` can be the squared divisor (or factor) of `x`."""
    if (x.channels, x.rate) != (norm.channels, norm.rate):
        raise ValueError(f"{name} needs x and norm of one shape, not {x.channels} and {norm.channels} channels")
    if norm.low < 0:
        raise ValueError(f"{name} norm must not be negative, its lower bound is {norm.low}")
    if norm.fixed.frac % 2:
        raise ValueError(f"{name} norm must have an even number of fractional bits, not {norm.fixed.frac}")


def root_digits(norm: TensorType) -> int:
    """Binary digits of the square root of a norm."""
    return (norm.fixed.width + 1) // 2


def norm_example_types() -> Iterator[tuple[str, TensorType, TensorType, int]]:
    """Pairs of input formats for the examples of both normalizations: (label, x, norm, shift of the division)."""
    yield "zero-norm", TensorType.of_format(4, Fixed(8, 4)), TensorType.of_format(4, Fixed(12, 6, False)), 4
    yield "bounded-norm", TensorType.of_format(4, Fixed(12, 6)), TensorType.of_range(4, 900, 1 << 20, 12), 11
    yield "wide-norm", TensorType.of_format(4, Fixed(10, 5)), TensorType.of_range(4, 1, (1 << 31) - 1, 18), 16
    yield "odd-width-norm", TensorType.of_format(4, Fixed(9, 5)), TensorType.of_format(4, Fixed(13, 4, False)), 0
    yield "unsigned-x", TensorType.of_format(4, Fixed(8, 4, False)), TensorType.of_format(4, Fixed(10, 6, False)), 4


def norm_example(label: str, operation: Primitive, x: TensorType, norm: TensorType) -> Example:
    """An example whose norms are extremes, perfect squares and the values just below them."""
    rng = np.random.default_rng(7)
    roots = rng.integers(isqrt(norm.low), isqrt(norm.high) + 1, 16)
    norms = np.concatenate([roots**2, roots**2 - 1, rng.integers(norm.low, norm.high + 1, 14), [norm.low, norm.high]])
    values = np.concatenate([rng.integers(x.low, x.high + 1, 42), [x.low, x.high, 0, 1, -1, x.low]])
    maps = np.clip(values, x.low, x.high).reshape(4, 3, 4), np.clip(norms, norm.low, norm.high).reshape(4, 3, 4)
    return Example(label, operation, (x, norm), maps, (Folding(1, 1), Folding(2, 2)))
