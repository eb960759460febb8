"""L1Conv2d: the adder layer; the negated L1 distance between window and filter takes the place of the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ops.counting import Operation
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware, Memories, Memory, parted
from ops.packing import packed, signed_width
from ops.primitive import Example, Primitive
from ops.tensor import IntegerArray, Integers, TensorType
from ops.windows import Window, WindowSchedule, check_bias, check_window, holding_dtype, patches, tree_depth

MAX_LIFT = 15
"""Most binary places by which the grid of the weights is finer than that of the data."""

BEYOND = 1 << 15
"""No weight is of larger magnitude."""

BLOCK = 512
"""Positions evaluated at a time: their windows stay in the cache."""


@dataclass(frozen=True, eq=False)
class L1Conv2d(Primitive):
    """y[m] = bias[m] - sum over channels c, taps i, j of abs((x[c, i, j] << lift) - weight[m, c, i, j]); exact.

    `weight` has shape (output channels, input channels, kernel, kernel) and lies on the grid of x, or on one that is
    finer by `lift` binary places. Windows are those of ShiftConv2d, and the zeros outside the map take part: one costs
    abs(weight). The bias, on the grid of the weights, recentres the always negative distance, so that few bits hold it
    after the next Requant. Source: AdderNet (CVPR 2020), eq. 2.
    """

    weight: Integers
    bias: Integers
    stride: int = 1
    lift: int = 0

    is_convolution: ClassVar[bool] = True
    dtypes: ClassVar = {"weight": np.int16, "bias": np.int64}
    later: ClassVar = {"lift": 0}

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if self.weight.ndim != 4:
            raise ValueError(f"weight must have 4 dimensions (output, input, row, column), not {self.weight.ndim}")
        check_window("L1Conv2d", self.weight.shape, self.stride)
        check_bias(self.bias, self.weight.shape[0])
        if not 0 <= self.lift <= MAX_LIFT:
            raise ValueError(f"lift must be between 0 and {MAX_LIFT}, not {self.lift!r}")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: the nearest and the farthest window of each output channel bound its distance."""
        (x,) = inputs
        if x.channels != self.weight.shape[1]:
            raise ValueError(f"L1Conv2d reads {self.weight.shape[1]} channels, its input has {x.channels}")
        nearest, farthest = self._distances(min(x.low, 0) << self.lift, max(x.high, 0) << self.lift)
        bias = self.bias.tolist()
        return TensorType.of_range(
            self.weight.shape[0],
            min(offset - distance for offset, distance in zip(bias, farthest, strict=True)),
            max(offset - distance for offset, distance in zip(bias, nearest, strict=True)),
            x.fixed.frac + self.lift,
            x.rate / self.stride,
        )

    def _distances(self, low: int, high: int) -> tuple[list[int], list[int]]:
        """The least and the largest distance of each filter from windows in [low, high], which holds zero."""
        weight = self.weight.astype(np.int64).reshape(self.weight.shape[0], -1)
        # What lies beyond every weight is as good as their largest magnitude, or adds a constant, which Python adds.
        near_low, near_high = max(low, -BEYOND), min(high, BEYOND)
        nearest = (np.maximum(near_low - weight, 0) + np.maximum(weight - near_high, 0)).sum(axis=1)
        # The farther end is at w - low, or where that is more at high - w.
        turn = min(max(low + high, -2 * BEYOND), 2 * BEYOND)
        constant = weight.shape[1] * (max(low + high - turn, 0) - low)
        farthest = (weight + np.maximum(turn - 2 * weight, 0)).sum(axis=1)
        return nearest.tolist(), [distance + constant for distance in farthest.tolist()]

    @property
    def window(self) -> Window:
        """Which rows and columns of its inputs a result depends on."""
        return Window.centred(self.weight.shape[-1], self.stride)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        (x,) = inputs
        weight = self.weight.reshape(self.weight.shape[0], -1)
        largest = (int(np.abs(x).max(initial=0)) << self.lift) + int(np.abs(weight.astype(np.int64)).max())
        dtype = holding_dtype(-largest, largest)
        windows = np.ascontiguousarray(patches(x.astype(dtype) << self.lift, self.weight.shape[-1], self.stride).T)
        distance = np.empty((len(weight), windows.shape[1]), np.int64)
        for start in range(0, windows.shape[1], BLOCK):
            block = np.ascontiguousarray(windows[:, start : start + BLOCK])
            for channel, taps in enumerate(weight.astype(dtype)):
                np.abs(block - taps[:, None]).sum(axis=0, dtype=np.int64, out=distance[channel, start : start + BLOCK])
        return (self.bias[:, None] - distance).reshape(-1, *self.output_size(*x.shape[1:]))

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """An absolute difference (a subtraction) and an addition for each tap."""
        (x,) = inputs
        operand = max(x.fixed.width + self.lift + (not x.fixed.signed), signed_width(self.weight.astype(np.int64)))
        return (
            Operation("absolute difference", self.weight.size, operand + 1),
            Operation("add", self.weight.size, output.fixed.width),
        )

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        schedule = WindowSchedule.of(self.weight.shape, self.stride, folding)
        fixed = inputs[0].fixed
        width = fixed.width + self.lift
        low, high = fixed.low << self.lift, fixed.high << self.lift
        kernel = self.weight.shape[-1]
        stages = tree_depth(folding.lanes) + 2

        def filled() -> npt.NDArray[np.int64]:
            return schedule.filled(self.weight.astype(np.int64))

        def near(weight: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
            # Beyond the range of the data a weight only adds a constant, which is part of the bias.
            return np.clip(weight, low, high)

        def weights() -> Memory:
            words = near(filled()) - low
            rows = (kernel // folding.rows, folding.rows)
            words = words.reshape(schedule.groups, folding.pe, schedule.words, folding.simd, *rows, kernel)
            words = words.transpose(0, 4, 6, 2, 1, 5, 3)
            return parted(packed((words.reshape(-1, folding.pe * folding.lanes), width)), folding.interleave)

        def channels() -> Memory:
            weight = filled()
            inside = near(weight)
            constant = np.abs(weight - inside) + inside - low + 2 * ((1 << width) - 1)
            bias = self.bias - constant.reshape(len(self.weight), -1).sum(axis=1)
            return packed((bias.reshape(schedule.groups, folding.pe), output.fixed.width))

        return Hardware(
            input_lanes=(folding.entering(inputs[0].channels),),
            output_lanes=folding.pe,
            cycles=schedule.cycles,
            parameters={
                "Kernel": kernel,
                "Stride": self.stride,
                "Rows": folding.rows,
                "Simd": folding.simd,
                "Pe": folding.pe,
                "Interleave": folding.interleave,
                "Stages": stages,
                "Lift": self.lift,
            },
            memories=Memories(WeightFile=weights, ChannelFile=channels),
            reach=schedule.reach,
            latency=schedule.latency(2 + stages),
            stored_rows=schedule.stored_rows,
        )

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Random filters, weights beyond the data, opposite extremes of input and weight, strides and odd sizes."""
        rng = np.random.default_rng(2)
        byte = Fixed(8, 4)

        def example(
            label: str, operation: L1Conv2d, x: IntegerArray, *foldings: Folding, fixed: Fixed = byte
        ) -> Example:
            types = (TensorType.of_format(x.shape[0], fixed),)
            return Example(label, operation, types, (x,), foldings or (Folding(),))

        def random(kernel: int, stride: int, outputs: int, channels: int, lift: int = 0) -> L1Conv2d:
            weight = rng.integers(-128, 128, (outputs, channels, kernel, kernel))
            return cls(weight, rng.integers(0, 9000, outputs), stride=stride, lift=lift)

        def signed(*shape: int) -> IntegerArray:
            return rng.integers(-128, 128, shape)

        yield example("k3", random(3, 1, 4, 2), signed(2, 5, 7), Folding(1, 1), Folding(4, 2), Folding(2, 1))
        yield example("k3-rows", random(3, 1, 4, 2), signed(2, 5, 7), Folding(2, 1, 3), Folding(4, 2, 3))
        folds = [Folding(3, 2), Folding(1, 4), Folding(3, 2, 5), Folding(6, 4, 5)]
        yield example("k5s2", random(5, 2, 6, 4), signed(4, 8, 6), *folds)
        yield example("k5s2-odd-size", random(5, 2, 2, 2), signed(2, 7, 9), Folding(2, 2))
        folds = [Folding(3, 2, 1, 2), Folding(2, 4, 5, 4)]
        yield example("k5s2-interleaved", random(5, 2, 6, 4), signed(4, 7, 11), *folds)
        yield example("k1", random(1, 1, 4, 4), signed(4, 3, 5), Folding(2, 2))
        yield example("k1-filled", random(1, 1, 4, 7), signed(7, 3, 5), Folding(2, 4), Folding(1, 3), Folding(4, 2))
        yield example("k5-one-pixel", random(5, 1, 2, 3), signed(3, 1, 1), Folding(1, 3), Folding(2, 1, 5))
        yield example("k9s4-rows", random(9, 4, 4, 2), signed(2, 13, 11), Folding(2, 2, 9), Folding(4, 1, 3))
        folds = [Folding(2, 3), Folding(4, 1, 2), Folding(2, 3, 2, 2)]
        yield example("k2s2", random(2, 2, 4, 3), signed(3, 6, 8), *folds)
        yield example("k4-odd-size", random(4, 1, 2, 2), signed(2, 3, 5), Folding(1, 2), Folding(2, 1, 4))
        yield example("lifted", random(3, 1, 4, 2, lift=2), signed(2, 4, 5), Folding(4, 2, 3), Folding(2, 1, 1, 2))
        lifted = cls(np.array([[[[-999]], [[-512]]], [[[511]], [[999]]]]), np.zeros(2, int), lift=2)
        yield example("lifted-beyond-data", lifted, signed(2, 3, 5), Folding(2, 2))
        nibbles = rng.integers(0, 16, (8, 3, 4))
        yield example("lifted-unsigned", random(3, 1, 2, 3, lift=1), nibbles[:3], fixed=Fixed(4, 2, False))
        yield example("weights-beyond-data", random(1, 1, 4, 8), nibbles, Folding(2, 8), fixed=Fixed(4, 2, False))
        high = cls(np.full((2, 2, 3, 3), 127), np.zeros(2, int))
        yield example("opposite-extremes", high, np.full((2, 4, 4), -128), Folding(2, 2))
        yield example("same-extremes", cls(np.full((2, 2, 3, 3), -128), np.zeros(2, int)), np.full((2, 4, 4), -128))
        yield example("k5s2-much-interleaved", random(5, 2, 2, 2), signed(2, 7, 11), Folding(1, 1, 1, 8))
