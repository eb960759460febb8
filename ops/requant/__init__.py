"""Requant: the only place where a value is rounded or clipped."""

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

MAX_INTERMEDIATE = 62
"""Most bits of a value that is shifted left: the golden model holds it in 64."""


@dataclass(frozen=True, eq=False)
class Requant(Primitive):
    """y = saturate((x + 2**(shift-1)) >> shift) to `width` bits, signed where `signed` is 1; the shift is arithmetic.

    Ties round towards plus infinity. A negative shift is an exact left shift, then saturation. A shift of zero only
    saturates.
    """

    shift: int
    width: int = 8
    signed: int = 1

    @classmethod
    def to(cls, source: Fixed, target: Fixed) -> Requant:
        """The requantization from the grid of `source` to the format `target`."""
        return cls(source.frac - target.frac, target.width, int(target.signed))

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if not -32 <= self.shift <= 47:
            raise ValueError(f"Requant shift must be between -32 and 47, not {self.shift!r}")
        if self.signed not in (0, 1):
            raise ValueError(f"Requant signed must be 0 or 1, not {self.signed!r}")
        Fixed(self.width, 0, bool(self.signed))

    def _round(self, value: int) -> int:
        return (value + (1 << (self.shift - 1))) >> self.shift if self.shift > 0 else value << -self.shift

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: the declared width, and the range that the input's range is mapped to."""
        (x,) = inputs
        if x.fixed.width - self.shift > MAX_INTERMEDIATE:
            raise ValueError(
                f"Requant shift must leave at most {MAX_INTERMEDIATE} bits before saturation, "
                f"not {x.fixed.width - self.shift} (shift {self.shift} of {x.fixed})"
            )
        fixed = Fixed(self.width, x.fixed.frac - self.shift, bool(self.signed))
        low, high = (min(max(self._round(bound), fixed.low), fixed.high) for bound in (x.low, x.high))
        return TensorType(x.channels, fixed, low, high, x.rate)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        x = inputs[0].astype(np.int64)
        fixed = Fixed(self.width, 0, bool(self.signed))
        rounded = (x + (1 << (self.shift - 1))) >> self.shift if self.shift > 0 else x << -self.shift
        return np.clip(rounded, fixed.low, fixed.high)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """One rounding for each channel: the addition of half a step."""
        return (Operation("round", output.channels, inputs[0].fixed.width),)

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        return elementwise(folding, output.channels, latency=2, parameters={"Shift": self.shift})

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Ties of both signs, saturation at both ends, no shift, left shifts, unsigned results."""
        rng = np.random.default_rng(5)

        def example(label: str, operation: Requant, fixed: Fixed, *foldings: Folding) -> Example:
            tie = 1 << max(operation.shift - 1, 0)
            corners = [fixed.low, fixed.low + 1, fixed.high, fixed.high - 1, 0, 1, tie, tie - 1, tie + 1, 3 * tie]
            if fixed.signed:
                corners += [-1, -tie, -tie - 1, -tie + 1, -3 * tie]
            values = np.clip(
                np.concatenate([corners, rng.integers(fixed.low, fixed.high + 1, 48 - len(corners))]),
                fixed.low,
                fixed.high,
            )
            types = (TensorType.of_format(4, fixed),)
            return Example(label, operation, types, (values.reshape(4, 3, 4),), foldings or (Folding(),))

        yield example("round", cls(7), Fixed(20, 11), Folding(1, 1), Folding(2, 2), Folding(4, 4))
        yield example("negative-ties", cls(1, 12), Fixed(12, 3))
        yield example("saturate-only", cls(0, 8), Fixed(12, 3))
        yield example("left-shift", cls(-3, 8), Fixed(8, 0))
        yield example("unsigned-pixels", cls(4, 8, 0), Fixed(14, 12), Folding(2, 2))
        yield example("unsigned-input", cls(6, 16, 0), Fixed(24, 10, False))
        yield example("one-bit", cls(7, 1, 0), Fixed(8, 8, False))
        yield example("largest-shift", cls(40, 8), Fixed(48, 40))
