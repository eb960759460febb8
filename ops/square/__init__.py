"""Square: the integer square, from which divisive normalization takes its energies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ops.counting import Operation
from ops.elementwise import elementwise
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware
from ops.primitive import Example, Primitive
from ops.tensor import IntegerArray, TensorType


@dataclass(frozen=True, eq=False)
class Square(Primitive):
    """y = x * x; exact. Hardware sums gated shifts of x: no multiplier."""

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: never negative, twice the fractional bits."""
        (x,) = inputs
        nearest = 0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
        farthest = max(abs(x.low), abs(x.high))
        return TensorType.of_range(x.channels, nearest**2, farthest**2, 2 * x.fixed.frac, x.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        x = inputs[0].astype(np.int64)
        return x * x

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """One square for each channel: a gated addition for each bit of its root."""
        bits = inputs[0].fixed.width
        return (Operation("square", output.channels, output.fixed.width, steps=bits),)

    def operations_with_multipliers(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """One multiplication for each channel."""
        bits = inputs[0].fixed.width
        return (Operation("multiply", output.channels, bits, factor_width=bits),)

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        return elementwise(folding, output.channels, latency=1 + -(-inputs[0].fixed.width // 2))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Every 8-bit value, extremes of wider formats, unsigned inputs."""
        rng = np.random.default_rng(6)
        every = np.arange(-128, 128).reshape(4, 8, 8)
        byte = (TensorType.of_format(4, Fixed(8, 4)),)
        yield Example("every-byte", cls(), byte, (every,), (Folding(1, 1), Folding(2, 2), Folding(4, 4)))
        wide = np.array([-2048, 2047, -2047, 0, 1, -1, 1024, -1024]).reshape(2, 2, 2)
        yield Example("twelve-bits", cls(), (TensorType.of_format(2, Fixed(12, 6)),), (wide,))
        unsigned = rng.integers(0, 256, (2, 3, 3))
        yield Example("unsigned", cls(), (TensorType.of_format(2, Fixed(8, 8, False)),), (unsigned,))
