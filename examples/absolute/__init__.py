"""Absolute: the magnitude of every element. A primitive outside the project, as a user would add one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ops import Example, Fixed, Folding, Hardware, IntegerArray, Primitive, TensorType
from ops.elementwise import elementwise


@dataclass(frozen=True, eq=False)
class Absolute(Primitive):
    """y = abs(x); exact."""

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result."""
        (x,) = inputs
        high = max(abs(x.low), abs(x.high))
        return TensorType.of_range(x.channels, 0, high, x.fixed.frac, x.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        (x,) = inputs
        return np.abs(x.astype(np.int64))

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        return elementwise(folding, output.channels, latency=1)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Every 8-bit value, the lowest of all included."""
        x = np.arange(-128, 128).reshape(4, 8, 8)
        yield Example("bytes", cls(), (TensorType.of_format(4, Fixed(8, 4)),), (x,), (Folding(1, 1), Folding(4, 4)))
