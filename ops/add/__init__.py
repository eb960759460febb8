"""Add: the sum of two feature maps with their binary points aligned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ops.counting import Operation
from ops.elementwise import elementwise
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware
from ops.primitive import Example, Primitive
from ops.tensor import IntegerArray, TensorType


@dataclass(frozen=True, eq=False)
class Add(Primitive):
    """y = (a << shift_a) + (b << shift_b); exact.

    One of the shifts is zero, and together they align the binary points: shift_a = frac(y) - frac(a), likewise b.
    """

    shift_a: int = 0
    shift_b: int = 0

    arity: ClassVar[int] = 2

    @classmethod
    def aligning(cls, a: TensorType, b: TensorType) -> Add:
        """The addition that aligns the binary points of `a` and `b`."""
        frac = max(a.fixed.frac, b.fixed.frac)
        return cls(frac - a.fixed.frac, frac - b.fixed.frac)

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if min(self.shift_a, self.shift_b) != 0 or max(self.shift_a, self.shift_b) > 40:
            raise ValueError(f"Add shifts must be 0 and at most 40, not {self.shift_a!r} and {self.shift_b!r}")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result."""
        a, b = inputs
        if (a.channels, a.rate) != (b.channels, b.rate):
            raise ValueError(f"Add needs maps of one shape, not {a.channels} at {a.rate} and {b.channels} at {b.rate}")
        if a.fixed.frac + self.shift_a != b.fixed.frac + self.shift_b:
            raise ValueError(
                f"Add shifts must align {a.fixed.frac} and {b.fixed.frac} fractional bits, "
                f"not {self.shift_a!r} and {self.shift_b!r}"
            )
        low = (a.low << self.shift_a) + (b.low << self.shift_b)
        high = (a.high << self.shift_a) + (b.high << self.shift_b)
        return TensorType.of_range(a.channels, low, high, a.fixed.frac + self.shift_a, a.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        a, b = inputs
        return (a.astype(np.int64) << self.shift_a) + (b.astype(np.int64) << self.shift_b)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """One addition for each channel."""
        return (Operation("add", output.channels, output.fixed.width),)

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        parameters = {"ShiftA": self.shift_a, "ShiftB": self.shift_b}
        return elementwise(folding, output.channels, latency=2, parameters=parameters, arity=2)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Equal and unequal binary points, mixed signedness, both extremes."""
        rng = np.random.default_rng(4)

        def example(label: str, a: Fixed, b: Fixed, *foldings: Folding, extreme: bool = False) -> Example:
            types = TensorType.of_format(4, a), TensorType.of_format(4, b)
            maps = [rng.integers(t.low, t.high + 1, (4, 3, 5)) for t in types]
            if extreme:
                maps = [np.where(m < (t.low + t.high) / 2, t.low, t.high) for m, t in zip(maps, types, strict=True)]
            return Example(label, cls.aligning(*types), types, (maps[0], maps[1]), foldings or (Folding(),))

        yield example("same-point", Fixed(8, 3), Fixed(8, 3), Folding(1, 1), Folding(2, 2), Folding(4, 4))
        yield example("left-coarser", Fixed(8, 2), Fixed(14, 9), Folding(2, 2), extreme=True)
        yield example("right-coarser", Fixed(20, 9), Fixed(11, 4), extreme=True)
        yield example("mixed-signs", Fixed(8, 0, signed=False), Fixed(9, -2), extreme=True)
        yield example("unsigned-second", Fixed(9, -2), Fixed(8, 0, signed=False), Folding(2, 2), extreme=True)
