"""ShiftConv2d: a convolution whose weights are sums of signed powers of two; every product is a shift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from ops.counting import Operation
from ops.fixed import Fixed
from ops.hardware import Folding, Hardware, Memories, Memory, parted
from ops.packing import packed, side_by_side, signed_width
from ops.primitive import Example, Primitive
from ops.shift_conv2d.codes import TermCodes
from ops.tensor import IntegerArray, Integers, TensorType
from ops.windows import Window, WindowSchedule, check_bias, check_window, holding_dtype, patches, tree_depth

MAX_EXPONENT = 30
"""Largest left shift of one term."""

RECODED_WORDS = 1024
"""Of a ROM, from which on weights are recoded: fewer bits for two lookup tables a term pay in narrow block memories."""


@dataclass(frozen=True, eq=False)
class ShiftConv2d(Primitive):
    """y[m] = bias[m] + sum over terms t, channels c, taps i, j of sign * (x[c, i, j] << exponent); exact.

    `terms` has shape (terms, output channels, input channels, kernel, kernel). A term is 0 (nothing) or
    +-(exponent + 1): sign and left shift. A weight is the sum of its terms times 2**-weight_frac; `bias` is on the
    grid of the result, whose binary point is that of x plus `weight_frac`. Windows have (kernel - 1) // 2 taps before
    their centre, zero outside the map; a kernel 2 of stride 2 reads whole squares.
    """

    terms: Integers
    bias: Integers
    stride: int = 1
    weight_frac: int = 0

    is_convolution: ClassVar[bool] = True
    dtypes: ClassVar = {"terms": np.int8, "bias": np.int64}

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""
        if self.terms.ndim != 5:
            raise ValueError(f"terms must have 5 dimensions (term, output, input, row, column), not {self.terms.ndim}")
        check_window("ShiftConv2d", self.terms.shape, self.stride)
        check_bias(self.bias, self.terms.shape[1])
        largest = int(np.abs(self.terms.astype(np.int64)).max(initial=0)) - 1
        if largest > MAX_EXPONENT:
            raise ValueError(f"exponents must be at most {MAX_EXPONENT}, not {largest}")

    def weights(self) -> npt.NDArray[np.int64]:
        """The integer weights, shape (output channels, input channels, kernel, kernel)."""
        terms = self.terms.astype(np.int64)
        magnitude: npt.NDArray[np.int64] = np.left_shift(1, np.maximum(np.abs(terms) - 1, 0))
        return (np.sign(terms) * magnitude).sum(axis=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result: accumulator bounds from the weights of the worst output channel."""
        (x,) = inputs
        if x.channels != self.terms.shape[2]:
            raise ValueError(f"ShiftConv2d reads {self.terms.shape[2]} channels, its input has {x.channels}")
        weights = self.weights().reshape(self.terms.shape[1], -1)
        low, high = min(x.low, 0), max(x.high, 0)  # zero: padding, and taps without a weight
        above, below = (sums.sum(axis=1).tolist() for sums in (np.maximum(weights, 0), np.minimum(weights, 0)))
        sums = list(zip(above, below, self.bias.tolist(), strict=True))
        return TensorType.of_range(
            self.terms.shape[1],
            min(positive * low + negative * high + bias for positive, negative, bias in sums),
            max(positive * high + negative * low + bias for positive, negative, bias in sums),
            x.fixed.frac + self.weight_frac,
            x.rate / self.stride,
        )

    @property
    def window(self) -> Window:
        """Which rows and columns of its inputs a result depends on."""
        return Window.centred(self.terms.shape[-1], self.stride)

    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics."""
        (x,) = inputs
        weights = self.weights().reshape(self.terms.shape[1], -1)
        reach = int(np.abs(weights).sum(axis=1).max()) * int(np.abs(x).max(initial=0)) + int(np.abs(self.bias).max())
        dtype = holding_dtype(-max(reach, 1 << 15), max(reach, 1 << 15))
        windows = patches(x.astype(dtype), self.terms.shape[-1], self.stride)
        sums = weights.astype(dtype) @ windows.T
        size = self.output_size(*x.shape[1:])
        return (sums.astype(np.int64) + self.bias[:, None]).reshape(-1, *size)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """A shift and an addition for each power of two."""
        count = int(np.count_nonzero(self.terms))
        reach = int((np.abs(self.terms.astype(np.int64)) - 1 - self._bases()[:, None, None, None]).max(initial=0))
        return (
            Operation("shift", count, inputs[0].fixed.width + reach),
            Operation("add", count, output.fixed.width),
        )

    def operations_with_multipliers(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """A multiplication and an addition for each weight that is not zero."""
        weights = self.weights()
        count = int(np.count_nonzero(weights))
        factor = signed_width(weights >> self._bases()[:, None, None, None])
        return (
            Operation("multiply", count, inputs[0].fixed.width, factor_width=factor),
            Operation("add", count, output.fixed.width),
        )

    def _bases(self) -> npt.NDArray[np.int64]:
        """The smallest exponent of each output channel, which shifts its sum once, at the end; 0 without weights."""
        codes = self.terms.astype(np.int64)
        base = np.where(codes != 0, np.abs(codes) - 1, MAX_EXPONENT).min(axis=(0, 2, 3, 4))
        return np.where(codes.any(axis=(0, 2, 3, 4)), base, 0)

    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""
        schedule = WindowSchedule.of(self.terms.shape, self.stride, folding)
        codes = self.codes
        # The smallest exponent of a column of the kernel, its base, shifts its sums on their way into the accumulator.
        largest = int(codes.base.max())
        stages = 1 + tree_depth(folding.lanes) + tree_depth(codes.terms)

        def channels() -> Memory:
            fixed = inputs[0].fixed
            excess = codes.excess(fixed.width)
            if not fixed.signed:  # Lanes take what lies above the middle.
                excess -= self.weights().sum(axis=(1, 2, 3)) << fixed.width - 1
            return packed(((self.bias - excess).reshape(schedule.groups, folding.pe), output.fixed.width))

        return Hardware(
            input_lanes=(folding.entering(inputs[0].channels),),
            output_lanes=folding.pe,
            cycles=schedule.cycles,
            parameters={
                "Kernel": self.terms.shape[-1],
                "Stride": self.stride,
                "Rows": folding.rows,
                "Simd": folding.simd,
                "Pe": folding.pe,
                "Interleave": folding.interleave,
                "Stages": stages,
                "Terms": codes.terms,
                "MaxShift": codes.window - 1,
                "Step": codes.step,
                "Recoded": int(self.is_recoded(schedule.groups * schedule.accumulation * folding.interleave)),
                "MaxBase": largest,
            },
            memories=Memories(WeightFile=lambda: self._words(schedule, folding), ChannelFile=channels),
            reach=schedule.reach,
            latency=schedule.latency(2 + stages + 1),
            stored_rows=schedule.stored_rows,
        )

    @cached_property
    def codes(self) -> TermCodes:
        """What the lanes of its array do."""
        return TermCodes.of(self.weights())

    @staticmethod
    def _folded(values: npt.NDArray[np.int64], schedule: WindowSchedule, folding: Folding) -> npt.NDArray[np.int64]:
        """Values of (outputs, inputs, kernel, kernel) as (groups, row, column, words, pe, lanes)."""
        kernel, rows = schedule.kernel, folding.rows
        shape = (schedule.groups, folding.pe, schedule.words, folding.simd, kernel // rows, rows, kernel)
        folded = schedule.filled(values).reshape(shape).transpose(0, 4, 6, 2, 1, 5, 3)
        return folded.reshape(*folded.shape[:-2], folding.lanes)

    def _words(self, schedule: WindowSchedule, folding: Folding) -> Memory:
        """The weight ROM: the codes of the lanes of each output channel of a word, then the bases."""
        codes = self.codes
        beats = schedule.groups * schedule.accumulation
        recoded = bool(self.is_recoded(beats * folding.interleave))
        idle = codes.idle(recoded)
        fields = self._folded(codes.in_memory(recoded) ^ idle, schedule, folding) ^ idle
        bases = np.broadcast_to(self._base_of(schedule, folding), fields.shape[:5])
        lanes = fields.reshape(beats, -1), codes.code_bits(recoded)
        words = side_by_side(lanes, (bases.reshape(beats, -1), int(codes.base.max()).bit_length()))
        return parted(words, folding.interleave)

    def is_recoded(self, words: ArrayLike) -> Any:
        """Whether a ROM of so many words holds weights that its lanes recode: fewer bits, more lookup tables."""
        return self.codes.are_booth & (np.asarray(words) >= RECODED_WORDS)

    def _base_of(self, schedule: WindowSchedule, folding: Folding) -> npt.NDArray[np.int64]:
        """The base of each sum, (groups, 1, column, 1, pe)."""
        base = self.codes.base.reshape(schedule.groups, folding.pe, schedule.kernel)
        return base.transpose(0, 2, 1)[:, None, :, None]

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Random weights, all-ones weights on extreme inputs, the largest shift, strides and odd sizes."""
        rng = np.random.default_rng(1)
        byte = Fixed(8, 4)

        def example(label: str, operation: ShiftConv2d, fixed: Fixed, x: IntegerArray, *foldings: Folding) -> Example:
            return Example(label, operation, (TensorType.of_format(x.shape[0], fixed),), (x,), foldings or (Folding(),))

        def random(*numbers: int) -> ShiftConv2d:
            return cls._random(rng, *numbers)

        def signed(*shape: int) -> IntegerArray:
            return rng.integers(-128, 128, shape)

        yield example("k3", random(3, 1, 1, 4, 2), byte, signed(2, 5, 7), Folding(1, 1), Folding(4, 2), Folding(2, 1))
        yield example("k3-rows", random(3, 1, 1, 4, 2), byte, signed(2, 5, 7), Folding(2, 1, 3), Folding(4, 2, 3))
        yield example("k5s2-two-terms", random(5, 2, 2, 6, 4), byte, signed(4, 8, 6), Folding(3, 2), Folding(1, 4))
        yield example("k5s2-rows", random(5, 2, 2, 6, 4), byte, signed(4, 8, 6), Folding(3, 2, 5), Folding(6, 4, 5))
        pixels = rng.integers(0, 256, (3, 16, 12))
        folds = [Folding(4, 3), Folding(2, 1, 3), Folding(1, 3, 9), Folding(4, 3, 9)]
        yield example("k9s4-pixels", random(9, 4, 3, 4, 3), Fixed(8, 8, False), pixels, *folds)
        yield example("k5s2-odd-size", random(5, 2, 1, 2, 2), byte, signed(2, 7, 9), Folding(2, 2))
        folds = [Folding(2, 1, 5, 2), Folding(3, 2, 1, 4), Folding(6, 4, 5, 8)]
        yield example("k5s2-interleaved", random(5, 2, 1, 6, 4), byte, signed(4, 7, 11), *folds)
        folds = [Folding(2, 1, 1, 2), Folding(4, 2, 3, 4)]
        yield example("k3-interleaved", random(3, 1, 2, 4, 2), byte, signed(2, 4, 5), *folds)
        columns = rng.integers(0, 3, (1, 4, 2, 5, 5)) + np.array([1, 8, 3, 1, 5])
        operation = cls(columns * rng.choice([-1, 0, 1], columns.shape), rng.integers(-9, 9, 4))
        folds = [Folding(2, 1), Folding(4, 2, 5), Folding(1, 2, 1, 4), Folding(2, 2, 5, 2)]
        yield example("k5-bases-of-columns", operation, byte, signed(2, 5, 7), *folds)
        yield example(
            "k1",
            random(1, 1, 3, 8, 4),
            Fixed(12, 6),
            rng.integers(-2048, 2048, (4, 6, 5)),
            Folding(2, 4),
            Folding(8, 1),
        )
        yield example("k1-eight-lanes", random(1, 1, 3, 2, 8, 4), byte, signed(8, 3, 4), Folding(2, 8), Folding(1, 8))
        folds = [Folding(2, 3), Folding(4, 2), Folding(1, 3), Folding(2, 5)]
        yield example("k1-filled", random(1, 1, 2, 4, 5), Fixed(10, 6), rng.integers(-512, 512, (5, 4, 3)), *folds)
        yield example("k5-one-pixel", random(5, 1, 1, 2, 3), byte, signed(3, 1, 1), Folding(1, 3), Folding(2, 1, 5))
        ones = cls(np.ones((1, 2, 2, 3, 3), int), np.zeros(2, int))
        yield example("all-ones-lowest", ones, byte, np.full((2, 4, 4), -128), Folding(2, 2))
        signs = np.where(rng.integers(0, 2, (1, 2, 2, 3, 3)) > 0, 15, -15)
        yield example(
            "largest-shift",
            cls(signs, np.array([-1, 1])),
            byte,
            np.where(signed(2, 4, 5) > 0, 127, -128),
            Folding(1, 2),
        )
        yield example("k1s2", random(1, 2, 2, 4, 2), byte, signed(2, 5, 6), Folding(2, 1), Folding(4, 2), Folding(2, 2))
        yield example("k3s2", random(3, 2, 1, 2, 2), byte, signed(2, 6, 4), Folding(1, 2), Folding(2, 1))
        folds = [Folding(1, 2), Folding(1, 1, 3), Folding(2, 2, 3)]
        yield example("k3s4", random(3, 4, 1, 2, 2), byte, signed(2, 7, 9), *folds)
        places = np.array([1, 2, 3, 4, 5, 6, 7, -8])[:, None, None, None, None]  # Of the bits of two's complement.
        operation = cls(places * rng.integers(0, 2, (8, 16, 3, 5, 5)), np.zeros(16, int), stride=2)
        folds = [Folding(1, 1), Folding(1, 1, 1, 2), Folding(2, 3)]
        yield example("k5s2-recoded", operation, byte, signed(3, 3, 3), *folds)
        for kernel, stride in ((9, 1), (9, 2), (5, 1), (5, 4), (3, 2)):
            operation, folds = random(kernel, stride, 1, 2, 2), [Folding(1, 2, kernel), Folding(2, 1, kernel)]
            yield example(f"k{kernel}s{stride}-rows", operation, byte, signed(2, 6, 7), *folds)
        yield from cls._examples_of_even_kernels(rng)
        yield example("k5s2-two-interleaved", random(5, 2, 1, 2, 4), byte, signed(4, 7, 11), Folding(1, 2, 1, 2))
        yield example("no-weights", cls(np.zeros((1, 2, 1, 3, 3), int), np.array([-7, 7])), byte, signed(1, 3, 3))

    @classmethod
    def _examples_of_even_kernels(cls, rng: np.random.Generator) -> Iterator[Example]:
        """Squares of 2x2 that do not overlap, as a shortcut reads them, and other kernels and strides."""

        def example(
            label: str, operation: ShiftConv2d, size: tuple[int, int], *foldings: Folding, signed: bool = True
        ) -> Example:
            kind = TensorType.of_format(operation.terms.shape[2], Fixed(8, 4, signed))
            x = rng.integers(kind.low, kind.high + 1, (kind.channels, *size))
            return Example(label, operation, (kind,), (x,), foldings)

        folds = [Folding(1, 1), Folding(4, 3), Folding(2, 3, 2), Folding(2, 1, 1, 2), Folding(2, 3, 2, 4)]
        yield example("k2s2-four-terms", cls._random(rng, 2, 2, 4, 4, 3), (6, 8), *folds)
        folds = [Folding(3, 2), Folding(6, 1, 2), Folding(1, 2, 1, 8), Folding(3, 2, 2, 2)]
        yield example("k2s2-odd-size", cls._random(rng, 2, 2, 2, 6, 2), (5, 7), *folds)
        folds = [Folding(2, 1), Folding(1, 1, 2), Folding(2, 1, 2), Folding(1, 1, 1, 2)]
        yield example("k2s2-read-as-fast-as-written", cls._random(rng, 2, 2, 1, 2, 1), (11, 4), *folds)
        folds = [Folding(2, 3, 2), Folding(1, 1)]
        yield example("k2s2-pixels", cls._random(rng, 2, 2, 2, 2, 3), (4, 6), *folds, signed=False)
        folds = [Folding(1, 2), Folding(2, 1, 2)]
        yield example("k2s2-one-pixel", cls._random(rng, 2, 2, 1, 2, 2), (1, 1), *folds)
        for kernel, stride in ((2, 1), (2, 3), (4, 1), (4, 2), (4, 4), (6, 2)):
            folds = [Folding(1, 2), Folding(2, 1, 2), Folding(2, 1, 1, 2)]
            yield example(f"k{kernel}s{stride}", cls._random(rng, kernel, stride, 1, 2, 2), (6, 7), *folds)

    @classmethod
    def _random(
        cls,
        rng: np.random.Generator,
        kernel: int,
        stride: int,
        terms: int,
        outputs: int,
        channels: int,
        largest: int = 6,
    ) -> ShiftConv2d:
        codes = rng.integers(-largest - 1, largest + 2, (terms, outputs, channels, kernel, kernel))
        return cls(codes, rng.integers(-5000, 5000, outputs), stride=stride, weight_frac=3)
