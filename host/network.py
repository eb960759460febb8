"""Integer networks of the host: convolutions on whole numbers, exact on every machine (docs/bitstream.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops import IntegerArray

LEAK_BITS = 7
"""A leaky rectifier divides what is negative by 2**7, rounded down."""

ACCUMULATOR_LIMIT = 2**31
"""No sum of a convolution may reach this magnitude; proven from the weights when a network is built."""

Weights = npt.NDArray[np.int8]


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
        if self.largest_sum >= ACCUMULATOR_LIMIT:
            raise ValueError(f"sums must stay below 2**31, not reach {self.largest_sum}")

    @property
    def largest_sum(self) -> int:
        """A bound on the magnitude of every sum, rounding included."""
        inputs = np.abs(self.weights.astype(np.int64)).sum(axis=(1, 2, 3)) << (self.input_bits - 1)
        half = (1 << self.shifts) >> 1
        return int((inputs + np.abs(self.bias) + half).max())


Network = tuple[Convolution, ...]
"""Convolutions one after the other."""
