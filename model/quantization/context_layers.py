"""Layers of the context model in few bits: convolutions, in fake-quantized torch or as integers of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from host.network import LEAK_BITS, Convolution
from ops import Fixed, IntegerArray

STORED_BITS = 8
"""Of a weight; where it has fewer, its last bits are zero."""

SUM_BITS = 30
"""Products and bias together stay below 2**30, which leaves room in 32 bits for what rounding adds."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class QuantizedMap:
    """A map [B, C, H, W] in float64 whose values lie exactly on the grid of its format."""

    values: Tensor
    fixed: Fixed


@dataclass(frozen=True)
class Layer:
    """A convolution, weight [O, C, k, k] and bias [O], the pixel shuffle and the leaky rectifier that follow it.

    `output` names the map that it leaves. Weights have `weight_bits` and, for each output channel, a grid of their own.
    """

    output: str
    weight: Numbers
    bias: Numbers
    weight_bits: int
    stride: int = 1
    widening: int = 1
    is_rectified: bool = False

    @property
    def unused_bits(self) -> int:
        """How many of a stored weight's last bits are zero."""
        return STORED_BITS - self.weight_bits

    def places(self, x: Fixed) -> IntegerArray:
        """Fractional bits of the stored weights of each output channel, [O]: as many as weights and sums on maps of
        format x have room for."""
        magnitudes = np.abs(self.weight).reshape(len(self.weight), -1)
        highest = ((1 << (self.weight_bits - 1)) - 1) << self.unused_bits
        rounding = magnitudes.shape[1] << (x.width - 2 + self.unused_bits)
        sums = magnitudes.sum(axis=1) * 2.0 ** (x.width - 1) + np.abs(self.bias) * 2.0**x.frac
        return np.minimum(_places(highest, magnitudes.max(axis=1)), _places((1 << SUM_BITS) - rounding, sums))

    def places_between(self, x: Fixed, y: Fixed) -> IntegerArray:
        """`places`, but no more than one shift can take away on the way to format y."""
        return np.minimum(self.places(x), SUM_BITS + y.frac - x.frac)

    def sums(self, x: QuantizedMap, places: IntegerArray) -> Tensor:
        """What the layer leaves before it is rounded, [B, O, H, W], with weights of so many fractional bits."""
        grid = torch.from_numpy(places).double().exp2()
        coarse = grid[:, None, None, None] * 2.0**-self.unused_bits
        weight = (torch.from_numpy(self.weight) * coarse).round() / coarse
        fine = grid * 2.0**x.fixed.frac
        bias = (torch.from_numpy(self.bias) * fine).round() / fine
        padding = self.weight.shape[-1] // 2
        sums = functional.conv2d(x.values, weight, bias, stride=self.stride, padding=padding)
        if self.is_rectified:
            units = sums * fine[:, None, None]
            sums = torch.where(units < 0, torch.floor(units * 2.0**-LEAK_BITS), units) / fine[:, None, None]
        return functional.pixel_shuffle(sums, self.widening)

    def rounded(self, x: Fixed, y: Fixed) -> Numbers:
        """The weights [O, C, k, k] that the integers between maps of formats x and y stand for."""
        coarse = (self.places_between(x, y) - self.unused_bits)[:, None, None, None]
        return np.asarray(np.rint(self.weight * 2.0**coarse) * 2.0**-coarse)

    def for_host(self, x: Fixed, y: Fixed) -> Convolution:
        """The layer in integers, from maps of format x to maps of format y."""
        places = self.places_between(x, y)
        coarse = (places - self.unused_bits)[:, None, None, None]
        weights = np.rint(self.weight * 2.0**coarse).astype(np.int64) << self.unused_bits
        return Convolution(
            weights=weights.astype(np.int8),
            bias=np.rint(self.bias * 2.0 ** (places + x.frac)).astype(np.int64),
            shifts=places + x.frac - y.frac,
            input_bits=x.width,
            bits=y.width,
            stride=self.stride,
            widening=self.widening,
            is_rectified=self.is_rectified,
        )


def _places(limit: int, values: Numbers) -> IntegerArray:
    """The largest p with values * 2**p <= limit, elementwise; SUM_BITS for zeros."""
    exponents = np.frexp(limit / np.where(values > 0, values, 1.0))[1].astype(np.int64) - 1
    return np.where(values > 0, exponents, SUM_BITS)


def numbers(values: Tensor | None) -> Numbers:
    """A parameter in float64."""
    assert values is not None
    return values.detach().cpu().double().numpy()


def convolutions_of(chain: nn.Sequential) -> list[nn.Conv2d]:
    """The convolutions of a chain, those that widen among them."""
    return [part for part in chain.modules() if isinstance(part, nn.Conv2d)]


def layers_of(chain: nn.Sequential, prefix: str, last: str, weight_bits: int) -> Iterator[Layer]:
    """The convolutions of a chain that has a rectifier between each two; the last one leaves the map `last`."""
    parts = [part for part in chain if not isinstance(part, nn.LeakyReLU)]
    for index, (part, convolution) in enumerate(zip(parts, convolutions_of(chain), strict=True)):
        widening = cast(nn.PixelShuffle, part[1]).upscale_factor if isinstance(part, nn.Sequential) else 1
        is_last = index == len(parts) - 1
        yield Layer(
            last if is_last else f"{prefix}.{index}",
            numbers(convolution.weight),
            numbers(convolution.bias),
            weight_bits,
            convolution.stride[0],
            widening,
            is_rectified=not is_last,
        )
