"""The fake-quantized target: layers run in torch on real numbers that lie exactly on the integer grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model.adder import negated_distance
from model.quantization.formats import Formats, exponent_of
from model.quantization.straight import replaced, snap
from model.quantization.weights import beyond_grid, on_grid
from ops import Fixed

GUARD_BITS = 8
"""Bits that a quotient keeps beyond the activation it is rounded to: it is truncated towards zero, and few bits would
make that a bias."""

EXACT = 1 << 24
"""Up to here float32 holds every whole number."""


@dataclass(frozen=True)
class FakeMap:
    """A map [B, C, H, W] whose values are integers times 2**-frac: exact in float64 below 2**53.

    Training runs in float32: there the far digits of wide sums are lost, as in any float training.
    """

    values: Tensor
    frac: int
    width: int = 0
    """Bits of a map that was rounded; 0 where sums have as many as they need."""


class FakeQuantizedTarget:
    """Runs layers on FakeMaps. Unknown formats are chosen on the way (calibration), known ones are used.

    `observe(name, map)` is called with every result, in the order of the graph's nodes. Gradients pass straight through
    what rounds.
    """

    def __init__(
        self,
        formats: Formats,
        observe: Callable[[str, FakeMap], None] | None = None,
    ) -> None:
        self.formats = formats
        self.observe = observe

    def _done(self, name: str, values: Tensor, frac: int, width: int = 0) -> FakeMap:
        result = FakeMap(values, frac, width)
        if self.observe is not None:
            self.observe(name, result)
        return result

    def _format(self, name: str, role: str, values: Tensor) -> Fixed:
        return self.formats.by_name.get(name) or self.formats.choose(name, role, values)

    def gains(self, name: str) -> Tensor | None:
        """See LoweringTarget."""
        return self.formats.gains_of(name)

    def shift_conv(
        self,
        name: str,
        x: FakeMap,
        weight: Tensor,
        bias: Tensor | None,
        role: str | None = None,
        stride: int = 1,
    ) -> FakeMap:
        """See LoweringTarget."""
        if role is not None and role != "norm":
            self.formats.correct(name, x.values, weight, role, stride)
        weights, bias = self.formats.rounded(name, weight, bias, role)
        frac = x.frac + weights.frac
        frac += frac % 2 if role == "norm" else 0
        offset = None if bias is None else _on_grid(bias, frac).to(x.values)
        padding = (weights.codes.shape[-1] - 1) // 2
        result = functional.conv2d(x.values, weights.values_for(x.values), offset, stride=stride, padding=padding)
        return self._done(name, result, frac)

    def l1_conv(self, name: str, x: FakeMap, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[FakeMap, Tensor]:
        """See LoweringTarget."""
        width, frac = x.width, x.frac
        integers = on_grid(weight, frac, width)
        excess = beyond_grid(weight, integers, frac).to(offset)
        rounded = _on_grid(offset - excess, frac)
        filters = torch.from_numpy(integers).to(x.values) * 2.0**-frac
        # the kernels of float32 are fast, and exact where no sum passes what it holds
        is_exact = weight[0].numel() << width < EXACT
        image, filters = (v.float() if is_exact else v for v in (x.values, replaced(weight, filters)))
        result = rounded.to(x.values)[:, None, None] + negated_distance(image, filters, stride)
        return self._done(name, result, frac), rounded + excess

    def sum_pool(self, name: str, x: FakeMap, kernel: int) -> FakeMap:
        """See LoweringTarget."""
        return self._done(name, functional.avg_pool2d(x.values, kernel), x.frac + (kernel**2).bit_length() - 1)

    def add(self, name: str, a: FakeMap, b: FakeMap) -> FakeMap:
        """See LoweringTarget."""
        return self._done(name, a.values + b.values, max(a.frac, b.frac))

    def round(self, name: str, x: FakeMap, role: str) -> FakeMap:
        """See LoweringTarget."""
        fixed = self._format(name, role, x.values)
        return self._done(name, snap(x.values, fixed), fixed.frac, fixed.width)

    def square(self, name: str, x: FakeMap) -> FakeMap:
        """See LoweringTarget."""
        return self._done(name, x.values.square(), 2 * x.frac)

    def normalize(self, name: str, x: FakeMap, norm: FakeMap, inverse: bool) -> FakeMap:
        """See LoweringTarget."""
        unit = 2.0 ** -(norm.frac // 2)
        real = torch.sqrt(norm.values.clamp(min=unit**2))  # below, only zero remains: a root without gradient
        root = replaced(real, torch.floor(real / unit) * unit)
        if inverse:
            root = torch.where(norm.values > 0, root, 0.0)
            return self._done(name, x.values * root, x.frac + norm.frac // 2)
        quotient = x.values / root
        if name not in self.formats.by_name:
            width = self.formats.width_of(name.replace(".normalize", ".round"), "activation") + GUARD_BITS
            frac = max(width - 1 - exponent_of(quotient), x.frac - norm.frac // 2)
            self.formats.by_name[name] = Fixed(width, frac)
        frac = self.formats.by_name[name].frac
        return self._done(name, replaced(quotient, torch.trunc(quotient * 2.0**frac) * 2.0**-frac), frac)

    def depth_to_space(self, name: str, x: FakeMap, block: int) -> FakeMap:
        """See LoweringTarget."""
        batch, channels, height, width = x.values.shape
        blocks = x.values.reshape(batch, block, block, channels // block**2, height, width)
        pixels = blocks.permute(0, 3, 4, 1, 5, 2)
        return self._done(name, pixels.reshape(batch, -1, height * block, width * block), x.frac, x.width)


def _on_grid(values: Tensor, frac: int) -> Tensor:
    """The nearest multiples of 2**-frac in float64, straight-through; [O]."""
    wide = values.double()
    return replaced(wide, (wide * 2.0**frac).round() * 2.0**-frac)
