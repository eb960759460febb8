"""SumPool2d: the average-pool shortcut; the division only moves the binary point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops.counting import Operation
from ops.elementwise import check_equal_lanes
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware
from ops.primitive import Example, Primitive
from ops.tensor import IntegerArray, TensorType
from ops.windows import Window


@dataclass(frozen=True, eq=False)
class SumPool2d(Primitive):
    """The sum of each non-overlapping kernel x kernel square of a channel; exact.

    Read with a binary point log2(kernel**2) places further left, it is the mean. `kernel` is a power of two that
    divides the input's rows and columns.
    """

    kernel: int = 2

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if self.kernel < 2 or self.kernel & (self.kernel - 1):
            raise ValueError(f"SumPool2d kernel must be a power of two of at least 2, not {self.kernel!r}")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result."""
        (x,) = inputs
        area = self.kernel**2
        frac = x.fixed.frac + area.bit_length() - 1
        return TensorType.of_range(x.channels, x.low * area, x.high * area, frac, x.rate / self.kernel)

    @property
    def window(self) -> Window:
        """Which rows and columns of its inputs a result depends on."""
        return Window(self.kernel, self.kernel)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result."""
        if height % self.kernel or width % self.kernel:
            raise ValueError(f"SumPool2d needs rows and columns divisible by {self.kernel}, not {height}x{width}")
        return super().output_size(height, width)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        (x,) = inputs
        height, width = self.output_size(*x.shape[1:])
        return x.reshape(-1, height, self.kernel, width, self.kernel).sum(axis=(2, 4), dtype=np.int64)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """One addition for each pixel of the square."""
        return (Operation("add", output.channels * self.kernel**2, output.fixed.width),)

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        check_equal_lanes(folding, output.channels)
        return Hardware(
            input_lanes=(folding.simd,),
            output_lanes=folding.pe,
            cycles=lambda height, width: height * width * output.channels // folding.pe,
            parameters={"Kernel": self.kernel},
            reach=self._reach,
            latency=3,
            passes_ready=True,
        )

    def _reach(self, height: int, width: int) -> npt.NDArray[np.int64]:
        """The last pixel of each square."""
        rows, columns = (np.arange(size) * self.kernel + self.kernel - 1 for size in self.output_size(height, width))
        return (rows[:, None] * width + columns).ravel()

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Random maps, both extremes, a single square."""
        rng = np.random.default_rng(3)

        def example(label: str, kernel: int, x: IntegerArray, *foldings: Folding, signed: bool = True) -> Example:
            types = (TensorType.of_format(x.shape[0], Fixed(8, 5, signed)),)
            return Example(label, cls(kernel), types, (x,), foldings or (Folding(),))

        yield example("2x2", 2, rng.integers(-128, 128, (4, 6, 8)), Folding(1, 1), Folding(2, 2), Folding(4, 4))
        yield example("4x4", 4, rng.integers(-128, 128, (2, 8, 4)), Folding(1, 1))
        yield example("lowest", 2, np.full((2, 2, 2), -128), Folding(2, 2))
        yield example("highest", 2, np.full((1, 4, 2), 127))
        yield example("unsigned", 2, rng.integers(100, 256, (2, 2, 4)), Folding(2, 2), signed=False)
