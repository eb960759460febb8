"""The fake-quantized target: layers run in torch on real numbers that lie exactly on the integer grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model.quantization.formats import Formats, exponent_of, snap
from model.quantization.weights import ShiftWeights, on_grid
from ops import Fixed

GUARD_BITS = 4
"""Bits that a quotient keeps beyond the activation it is rounded to."""


@dataclass(frozen=True)
class FakeMap:
    """A map [B, C, H, W] in float64 whose values are integers times 2**-frac; below 2**53 they are exact."""

    values: Tensor
    frac: int


class FakeQuantizedTarget:
    """Runs layers on FakeMaps. Unknown formats are chosen on the way (calibration), known ones are used.

    `observe(name, map)` is called with every result, in the order of the graph's nodes.
    """

    def __init__(self, formats: Formats, observe: Callable[[str, FakeMap], None] | None = None) -> None:
        self.formats = formats
        self.observe = observe

    def _done(self, name: str, values: Tensor, frac: int) -> FakeMap:
        result = FakeMap(values, frac)
        if self.observe is not None:
            self.observe(name, result)
        return result

    def _format(self, name: str, role: str, values: Tensor) -> Fixed:
        return self.formats.by_name.get(name) or self.formats.choose(name, role, values)

    def shift_conv(
        self, name: str, x: FakeMap, weights: ShiftWeights, bias: Tensor | None, stride: int = 1, is_norm: bool = False
    ) -> FakeMap:
        """See Target."""
        frac = x.frac + weights.frac
        frac += frac % 2 if is_norm else 0
        offset = None if bias is None else (bias.detach().double() * 2.0**frac).round() * 2.0**-frac
        kernel = weights.codes.shape[-1]
        result = functional.conv2d(x.values, weights.values(), offset, stride=stride, padding=kernel // 2)
        return self._done(name, result, frac)

    def l1_conv(self, name: str, x: FakeMap, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[FakeMap, Tensor]:
        """See Target."""
        step = 2.0**-x.frac
        rounded = (offset.detach().double() / step).round() * step
        filters = torch.from_numpy(on_grid(weight, x.frac, self.formats.widths.activation)).double() * step
        kernel = weight.shape[-1]
        windows = functional.unfold(x.values, kernel, padding=kernel // 2, stride=stride)
        distance = torch.cdist(windows.transpose(1, 2), filters.flatten(1), p=1.0).transpose(1, 2)
        size = [-(-side // stride) for side in x.values.shape[2:]]
        result = rounded[:, None, None] - distance.unflatten(2, size)
        return self._done(name, result, x.frac), rounded

    def sum_pool(self, name: str, x: FakeMap, kernel: int) -> FakeMap:
        """See Target."""
        return self._done(name, functional.avg_pool2d(x.values, kernel), x.frac + (kernel**2).bit_length() - 1)

    def add(self, name: str, a: FakeMap, b: FakeMap) -> FakeMap:
        """See Target."""
        return self._done(name, a.values + b.values, max(a.frac, b.frac))

    def round(self, name: str, x: FakeMap, role: str) -> FakeMap:
        """See Target."""
        fixed = self._format(name, role, x.values)
        return self._done(name, snap(x.values, fixed), fixed.frac)

    def square(self, name: str, x: FakeMap) -> FakeMap:
        """See Target."""
        return self._done(name, x.values.square(), 2 * x.frac)

    def normalize(self, name: str, x: FakeMap, norm: FakeMap, inverse: bool) -> FakeMap:
        """See Target."""
        root = torch.floor(torch.sqrt(norm.values * 2.0**norm.frac)) * 2.0 ** -(norm.frac // 2)
        if inverse:
            return self._done(name, x.values * root, x.frac + norm.frac // 2)
        quotient = x.values / root.clamp(min=2.0 ** -(norm.frac // 2))
        if name not in self.formats.by_name:
            width = self.formats.widths.activation + GUARD_BITS
            frac = max(width - 1 - exponent_of(quotient), x.frac - norm.frac // 2)
            self.formats.by_name[name] = Fixed(width, frac)
        frac = self.formats.by_name[name].frac
        return self._done(name, torch.trunc(quotient * 2.0**frac) * 2.0**-frac, frac)

    def depth_to_space(self, name: str, x: FakeMap, block: int) -> FakeMap:
        """See Target."""
        batch, channels, height, width = x.values.shape
        blocks = x.values.reshape(batch, block, block, channels // block**2, height, width)
        pixels = blocks.permute(0, 3, 4, 1, 5, 2)
        return self._done(name, pixels.reshape(batch, -1, height * block, width * block), x.frac)
