"""Sliding windows of the convolutions: square kernels about a centre, zeros outside the picture, any stride."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.fixed import MAX_WIDTH, Fixed
from ops.hardware import Folding, every_pixel
from ops.tensor import IntegerArray, Integers


@dataclass(frozen=True)
class Window:
    """Which rows of its inputs the rows of a result depend on; columns likewise.

    Rows g * growth to (g + 1) * growth - 1 of a result depend on input rows g * stride - before + (0 to size - 1), of
    which those outside the picture are zero: at most `before` rows above it and `after` rows below.
    """

    size: int = 1
    stride: int = 1
    before: int = 0
    after: int = 0
    growth: int = 1

    @property
    def by_pixel(self) -> bool:
        """Whether pixels pass one by one, so that no line is stored."""
        return self.size == self.stride == 1

    @classmethod
    def centred(cls, kernel: int, stride: int) -> Window:
        """The window of a convolution: its centre is the middle tap, or of an even kernel the one before it.

        So results have as many rows and columns as the map of centres, and a kernel 2 of stride 2 reads whole squares.
        """
        before = (kernel - 1) // 2
        return cls(kernel, stride, before, kernel - 1 - before)

    def groups(self, rows: range) -> range:
        """The groups of `growth` rows that these rows of a result lie in."""
        return range(rows.start // self.growth, -(-rows.stop // self.growth))

    def inputs(self, rows: range) -> range:
        """The input rows behind the rows of a result: from below 0 to beyond the last row where padding takes part."""
        groups = self.groups(rows)
        first = groups.start * self.stride - self.before
        return range(first, first + (len(groups) - 1) * self.stride + self.size)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result for inputs of `height` rows and `width` columns."""
        rows, columns = (
            ((side + self.before + self.after - self.size) // self.stride + 1) * self.growth for side in (height, width)
        )
        return rows, columns


def check_window(name: str, shape: tuple[int, ...], stride: int) -> None:
    """Raise ValueError unless `shape` ends in a square kernel and the stride is positive."""
    if shape[-1] != shape[-2] or shape[-1] < 1:
        raise ValueError(f"{name} kernel must be square and at least 1x1, not {shape[-2]}x{shape[-1]}")
    if stride < 1:
        raise ValueError(f"{name} stride must be at least 1, not {stride!r}")


def check_bias(bias: Integers, outputs: int) -> None:
    """Raise ValueError unless there is a bias for each output channel, of no more bits than a map may have.

    It is checked before anything is summed: beyond, sums could leave the 64 bits in which they are computed.
    """
    if outputs < 1:
        raise ValueError("there must be at least 1 output channel, not 0")
    if bias.shape != (outputs,):
        raise ValueError(f"bias must have shape {(outputs,)}, not {bias.shape}")
    widest = Fixed(MAX_WIDTH, 0)
    low, high = int(bias.min(initial=0)), int(bias.max(initial=0))
    if low < widest.low or high > widest.high:
        raise ValueError(f"bias must be within {MAX_WIDTH} bits, not [{low}, {high}]")


def strided_size(height: int, width: int, stride: int) -> tuple[int, int]:
    """Size of the map of window centres: every `stride`-th row and column, beginning with the first."""
    return -(-height // stride), -(-width // stride)


def patches(image: IntegerArray, kernel: int, stride: int) -> npt.NDArray[np.int64]:
    """The windows of `image` (channels, height, width) as rows: (positions, channels * kernel * kernel)."""
    window = Window.centred(kernel, stride)
    zeros = (window.before, window.after)
    padded = np.pad(image, ((0, 0), zeros, zeros))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]
    channels, height, width = windows.shape[:3]
    return windows.transpose(1, 2, 0, 3, 4).reshape(height * width, channels * kernel * kernel)


def holding_dtype(low: int, high: int) -> type[np.signedinteger[Any]]:
    """The narrowest of int16, int32 and int64 that holds `low` to `high`: narrow lanes are fast lanes."""
    for dtype in (np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    return np.int64


ROUND = 3
"""Cycles that a result is on its round beyond those to the accumulator; see convolution_sink."""


def tree_depth(operands: int) -> int:
    """Additions in a row, each with a register, of a balanced tree whose adders have three operands; see adder_tree."""
    depth = 0
    while operands > 3**depth:
        depth += 1
    return depth


@dataclass(frozen=True)
class WindowSchedule:
    """When the window buffer reads: `groups` times each window, `words` words a pixel, `rows` of its rows at once.

    The last word of a pixel has `filling` more lanes than there are channels left. Sets of `interleave` windows of a
    row are read a word of each in turn; the last set of a row takes as long as the others.
    """

    kernel: int
    stride: int
    groups: int
    words: int
    rows: int
    filling: int
    interleave: int

    @classmethod
    def of(cls, shape: tuple[int, ...], stride: int, folding: Folding) -> WindowSchedule:
        """The schedule for weights of shape (..., output channels, input channels, kernel, kernel)."""
        outputs, inputs, kernel, _ = shape[-4:]
        folding.check(outputs, inputs, kernel, Window.centred(kernel, stride).by_pixel)
        words = folding.words(inputs)
        filling = words * folding.simd - inputs
        return cls(kernel, stride, outputs // folding.pe, words, folding.rows, filling, folding.interleave)

    @property
    def window(self) -> Window:
        """Which rows and columns are read."""
        return Window.centred(self.kernel, self.stride)

    @property
    def by_pixel(self) -> bool:
        """See Window."""
        return self.window.by_pixel

    @property
    def ahead(self) -> int:
        """Rows below its centre that must be complete before an output row is read."""
        return max(self.window.after, self.stride - 1)

    @property
    def stored_rows(self) -> int:
        """Input rows that are taken in beyond those which an output row needs: the buffer has kernel + stride rows."""
        return 0 if self.by_pixel else self.window.after + self.stride - self.ahead

    @property
    def accumulation(self) -> int:
        """Cycles for one group of output channels of one pixel."""
        return self.kernel * (self.kernel // self.rows) * self.words

    def cycles(self, height: int, width: int) -> int:
        """Cycles for one frame of that input size, when frames follow each other without a stall."""
        rows, columns = strided_size(height, width, self.stride)
        # One cycle a row counts in the first rows of a new frame.
        change = 0 if self.by_pixel else min(self.ahead + 1, height)
        line = -(-columns // self.interleave) * self.interleave * self.groups * self.accumulation
        if line == self.stride * width * self.words:
            change += self._lost(height)
        return max(rows * line + change, height * width * self.words)

    def _lost(self, height: int) -> int:
        """Cycles of a frame that are lost where rows enter exactly as fast as they are read: one for every second line.

        A row enters a cycle after another was released and counts two cycles after its end, so that a row which waited
        for room is late by one. Lines are spared that release less than others, or need no more rows.
        """
        if self.by_pixel:
            return 0
        waiting = (height - self.ahead - 1) // self.stride - -(-self.window.before // self.stride)
        return max(0, waiting) // 2

    def reach(self, height: int, width: int) -> npt.NDArray[np.int64]:
        """Index of the last input pixel needed by each output pixel: a row is read when its lowest row is complete."""
        if self.by_pixel:
            return every_pixel(height, width)
        rows, columns = strided_size(height, width, self.stride)
        lowest = np.minimum(np.arange(rows) * self.stride + self.ahead, height - 1)
        return np.repeat((lowest + 1) * width - 1, columns)

    def latency(self, delay: int) -> int:
        """Cycles from the last needed input word to the first output beat, of which `delay` to the accumulator."""
        buffer = 2 if self.filling else 3 if self.by_pixel else 5
        if self.interleave > 1:  # all results of a set are put in order before the first leaves
            return self.interleave * self.groups * self.accumulation + delay + buffer + 3
        queued = self.accumulation < delay + ROUND
        return self.accumulation + delay + buffer + int(queued)

    def filled(self, weights: IntegerArray) -> IntegerArray:
        """Weights (..., input channels, row, column) with zeros for the lanes that have no channel."""
        return np.pad(weights, [(0, 0)] * (weights.ndim - 3) + [(0, self.filling), (0, 0), (0, 0)])
