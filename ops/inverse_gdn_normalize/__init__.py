"""InverseGdnNormalize: the product of inverse divisive normalization, by an integer square root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

import numpy as np

from ops.counting import Operation
from ops.elementwise import elementwise
from ops.gdn_normalize import check_norm, norm_example, norm_example_types, root_digits
from ops.hardware import Folding, Hardware
from ops.primitive import Example, Primitive
from ops.square_root import integer_square_root
from ops.tensor import IntegerArray, TensorType


@dataclass(frozen=True, eq=False)
class InverseGdnNormalize(Primitive):
    """y = x * floor(sqrt(norm)); exact. Hardware sums gated shifts of x: no multiplier.

    `norm` is unsigned with an even number of fractional bits; the result has frac(x) + frac(norm) / 2.
    Source: IGDN (Balle, Laparra, Simoncelli, ICLR 2017), eq. 4.
    """

    arity: ClassVar[int] = 2

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: extremes of x times the largest root."""
        x, norm = inputs
        check_norm("InverseGdnNormalize", x, norm)
        products = [bound * root for bound in (x.low, x.high) for root in (isqrt(norm.low), isqrt(norm.high))]
        frac = x.fixed.frac + norm.fixed.frac // 2
        return TensorType.of_range(x.channels, min(products), max(products), frac, x.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        x, norm = (array.astype(np.int64) for array in inputs)
        return x * integer_square_root(norm, int(norm.max(initial=1)).bit_length())

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """A root, a trial subtraction for each digit, and a gated addition for each digit of it, for each channel."""
        digits = root_digits(inputs[1])
        return (
            Operation("square root", output.channels, digits + 3, steps=digits),
            Operation("shift-add product", output.channels, output.fixed.width, steps=digits),
        )

    def operations_with_multipliers(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """A root and a multiplication for each channel."""
        root, _ = self.operations(inputs, output)
        product = Operation("multiply", output.channels, inputs[0].fixed.width, factor_width=root_digits(inputs[1]))
        return root, product

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        return elementwise(folding, output.channels, latency=(inputs[1].fixed.width + 1) // 2 + 1, arity=2)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Zero norm, perfect squares and their neighbours, extremes of x, wide norms."""
        for label, x_type, norm_type, _ in norm_example_types():
            yield norm_example(label, cls(), x_type, norm_type)
