"""DepthToSpace: channels become pixels; addressing only."""

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
class DepthToSpace(Primitive):
    """y[c, block * h + i, block * w + j] = x[(i * block + j) * channels + c, h, w].

    The channels of one output pixel lie side by side in the input (the DCR order of ONNX), so that a stream only
    re-orders whole pixels. Lowering permutes the filters before it where a model was trained in PixelShuffle's order.
    """

    block: int = 2

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if self.block < 2:
            raise ValueError(f"DepthToSpace block must be at least 2, not {self.block!r}")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result."""
        (x,) = inputs
        channels, rest = divmod(x.channels, self.block**2)
        if rest:
            raise ValueError(f"DepthToSpace needs channels divisible by {self.block**2}, not {x.channels}")
        return TensorType(channels, x.fixed, x.low, x.high, x.rate * self.block)

    @property
    def window(self) -> Window:
        """Which rows and columns of its inputs a result depends on."""
        return Window(growth=self.block)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        x = inputs[0].astype(np.int64)
        channels, height, width = x.shape
        blocks = x.reshape(self.block, self.block, channels // self.block**2, height, width)
        return blocks.transpose(2, 3, 0, 4, 1).reshape(-1, height * self.block, width * self.block)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """None: addressing alone."""
        return ()

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        check_equal_lanes(folding, output.channels)
        return Hardware(
            input_lanes=(folding.simd,),
            output_lanes=folding.pe,
            cycles=lambda height, width: height * width * inputs[0].channels // folding.simd,
            parameters={"Block": self.block},
            reach=self._reach,
            latency=2,
            stored_rows=1,
        )

    def _reach(self, height: int, width: int) -> npt.NDArray[np.int64]:
        """The last pixel of the input row."""
        return np.repeat(np.arange(1, height + 1) * width - 1, width * self.block**2)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Blocks of two, three and four, a single row, a single pixel, each value different."""

        def example(label: str, block: int, channels: int, height: int, width: int, *foldings: Folding) -> Example:
            x = np.arange(channels * block**2 * height * width).reshape(-1, height, width)
            types = (TensorType.of_format(x.shape[0], Fixed(12, 4)),)
            return Example(label, cls(block), types, (x,), foldings or (Folding(),))

        yield example("block2", 2, 4, 3, 5, Folding(1, 1), Folding(2, 2), Folding(4, 4))
        yield example("block4-pixels", 4, 3, 2, 3, Folding(1, 1), Folding(3, 3))
        yield example("block3", 3, 2, 2, 3, Folding(2, 2))
        yield example("one-row", 2, 2, 1, 6, Folding(2, 2))
        yield example("one-pixel", 2, 1, 1, 1)
