"""Integer networks of the host: convolutions on whole numbers, exact on every machine (docs/bitstream.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from host.kernels import kernels
from ops import IntegerArray

LEAK_BITS = 7
"""A leaky rectifier divides what is negative by 2**7, rounded down."""

ACCUMULATOR_LIMIT = 2**31
"""No sum of a convolution may reach this magnitude; proven from the weights when a network is built."""

CHUNK = 256
"""Positions that are computed at a time: their patches stay in the processor's cache."""

Weights = npt.NDArray[np.int8]
Maps = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Convolution:
    """y = clip((rectify(bias + sum of weight * x) + 2**(shift - 1)) >> shift), then widened by a pixel shuffle.

    weights [O, C, k, k] of 8 bits; bias [O] and shifts [O] (0 to 31), one for each output channel; zero padding k // 2.
    widening: factor of the pixel shuffle, in PyTorch's order (O a multiple of its square). is_rectified: leaky, see
    LEAK_BITS. bits: the results are clipped to signed integers of so many bits, 2 to 16. Inputs may have `input_bits`.
    Raises ValueError where a sum could leave 32 bits.
    """

    weights: Weights
    bias: IntegerArray
    shifts: IntegerArray
    input_bits: int
    bits: int
    stride: int = 1
    widening: int = 1
    is_rectified: bool = False

    def __post_init__(self) -> None:
        if self.weights.dtype != np.int8 or self.weights.ndim != 4 or self.weights.shape[2] != self.weights.shape[3]:
            raise ValueError(f"weights must be int8 [O, C, k, k], not {self.weights.dtype} {self.weights.shape}")
        outputs = len(self.weights)
        for name, values in (("bias", self.bias), ("shifts", self.shifts)):
            if values.shape != (outputs,) or values.dtype != np.int64:
                raise ValueError(f"{name} must be int64 of shape {(outputs,)}, not {values.dtype} {values.shape}")
        for name, bits in (("bits", self.bits), ("input_bits", self.input_bits)):
            if not 2 <= bits <= 16:
                raise ValueError(f"{name} must be between 2 and 16, not {bits!r}")
        if self.shifts.min() < 0 or self.shifts.max() > 31:
            raise ValueError(
                f"shifts must be between 0 and 31, not {int(self.shifts.min())} to {int(self.shifts.max())}"
            )
        if self.weights.shape[2] % 2 == 0 or self.stride < 1 or self.widening < 1 or outputs % self.widening**2:
            raise ValueError(
                f"the kernel must be odd, stride and widening positive and {outputs} outputs a multiple of the square "
                f"of the widening, not {self.weights.shape[2]}, {self.stride} and {self.widening}"
            )
        if outputs and max(int(self.bias.max()), -int(self.bias.min())) >= ACCUMULATOR_LIMIT:
            raise ValueError(f"bias must stay below 2**31, not reach [{self.bias.min()}, {self.bias.max()}]")
        if self.largest_sum >= ACCUMULATOR_LIMIT:
            raise ValueError(f"sums must stay below 2**31, not reach {self.largest_sum}")

    @property
    def largest_sum(self) -> int:
        """A bound on the magnitude of every sum, rounding included."""
        inputs = np.abs(self.weights.astype(np.int64)).sum(axis=(1, 2, 3)) << (self.input_bits - 1)
        rows = zip(inputs.tolist(), self.bias.tolist(), self.shifts.tolist(), strict=True)
        return max(total + abs(bias) + ((1 << shift) >> 1) for total, bias, shift in rows)

    @cached_property
    def taps(self) -> npt.NDArray[np.int64]:
        """Rows and columns of the kernel, [T, 2], that have any weight."""
        return np.argwhere(self.weights.any(axis=(0, 1)))

    @cached_property
    def matrix(self) -> npt.NDArray[np.int16]:
        """The weights of the taps, [O, T * C]."""
        rows, columns = self.taps.T
        taken = self.weights[:, :, rows, columns].transpose(0, 2, 1)
        return np.ascontiguousarray(taken.reshape(len(taken), -1), np.int16)

    def outputs_of(self, patches: Maps) -> Maps:
        """Outputs [P, O], before any shuffle, for the inputs [P, T * C] below the taps."""
        leak = LEAK_BITS if self.is_rectified else 0
        bias, shifts = self.bias.astype(np.int32), self.shifts.astype(np.int32)
        return kernels().multiply(patches, self.matrix, bias, shifts, self.bits, leak)

    def __call__(self, maps: Maps) -> Maps:
        """Maps [height, width, C], channels last, to maps [height', width', O'] of 16-bit integers."""
        height, width = (-(-side // self.stride) for side in maps.shape[:2])
        margin = self.weights.shape[2] // 2
        padded = np.pad(maps, ((margin, margin), (margin, margin), (0, 0)))
        outputs = np.empty((height * width, len(self.weights)), np.int16)
        for start in range(0, height * width, CHUNK):
            rows, columns = np.divmod(np.arange(start, min(start + CHUNK, height * width)), width)
            patches = patches_of(padded, rows * self.stride, columns * self.stride, self.taps)
            outputs[start : start + CHUNK] = self.outputs_of(patches)
        return _shuffle(outputs.reshape(height, width, -1), self.widening)


Network = tuple[Convolution, ...]
"""Convolutions one after the other."""


def evaluate(network: Network, maps: Maps) -> Maps:
    """What the network makes of maps [height, width, C]; channels last, 16-bit integers."""
    for layer in network:
        maps = layer(maps)
    return maps


def patches_of(padded: Maps, rows: IntegerArray, columns: IntegerArray, taps: IntegerArray) -> Maps:
    """What lies below the taps of a kernel whose upper left corner is at each of P rows and columns, [P, T * C]."""
    below = padded[rows[:, None] + taps[:, 0], columns[:, None] + taps[:, 1]]
    return below.reshape(len(rows), -1)


def _shuffle(maps: Maps, factor: int) -> Maps:
    height, width, channels = maps.shape
    parts = maps.reshape(height, width, channels // factor**2, factor, factor).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(parts.reshape(height * factor, width * factor, -1))


def check_chain(name: str, network: Network, inputs: int, outputs: int, input_bits: int) -> None:
    """Raises ValueError where a network does not take `inputs` channels of so many bits, or make `outputs` channels."""
    if not network:
        raise ValueError(f"{name} must have at least 1 convolution, not 0")
    for index, layer in enumerate(network):
        if layer.weights.shape[1] != inputs or layer.input_bits < input_bits:
            raise ValueError(
                f"{name}: convolution {index} must take {inputs} channels of {input_bits} bits, "
                f"not {layer.weights.shape[1]} of {layer.input_bits}"
            )
        inputs, input_bits = len(layer.weights) // layer.widening**2, layer.bits
    if inputs != outputs:
        raise ValueError(f"{name} must make {outputs} channels, not {inputs}")
