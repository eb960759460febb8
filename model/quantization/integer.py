"""The integer target: layers become nodes of an ops.Graph."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from model.quantization.formats import Formats
from model.quantization.weights import as_array, beyond_grid, on_grid
from ops import (
    Add,
    DepthToSpace,
    GdnNormalize,
    GraphBuilder,
    InverseGdnNormalize,
    L1Conv2d,
    Requant,
    ShiftConv2d,
    Square,
    SumPool2d,
)


class IntegerTarget:
    """Lowers layers to primitives; a map is the name of its tensor."""

    def __init__(self, builder: GraphBuilder, formats: Formats) -> None:
        self.builder = builder
        self.formats = formats

    def _frac(self, x: str) -> int:
        return self.builder.types[x].fixed.frac

    def gains(self, name: str) -> Tensor | None:
        """See LoweringTarget."""
        return self.formats.gains_of(name)

    def shift_conv(
        self,
        name: str,
        x: str,
        weight: Tensor,
        bias: Tensor | None,
        role: str | None = None,
        stride: int = 1,
    ) -> str:
        """See LoweringTarget."""
        weights, bias = self.formats.rounded(name, weight, bias, role)
        codes, weight_frac = weights.codes.astype(np.int64), weights.frac
        if role == "norm" and (self._frac(x) + weight_frac) % 2:
            codes, weight_frac = codes + np.sign(codes), weight_frac + 1
        grid = 2.0 ** (self._frac(x) + weight_frac)
        offset = np.zeros(codes.shape[1]) if bias is None else np.rint(as_array(bias) * grid)
        operation = ShiftConv2d(codes, offset.astype(np.int64), stride=stride, weight_frac=weight_frac)
        return self.builder.add(name, operation, x)

    def l1_conv(self, name: str, x: str, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[str, Tensor]:
        """See LoweringTarget."""
        fixed = self.builder.types[x].fixed
        frac = fixed.frac
        integers = on_grid(weight, frac, fixed.width)
        excess = beyond_grid(weight, integers, frac).numpy()
        bias = np.rint((as_array(offset) - excess) * 2.0**frac).astype(np.int64)
        self.builder.add(name, L1Conv2d(integers, bias, stride=stride), x)
        return name, offset.new_tensor(bias * 2.0**-frac + excess)

    def sum_pool(self, name: str, x: str, kernel: int) -> str:
        """See LoweringTarget."""
        return self.builder.add(name, SumPool2d(kernel), x)

    def add(self, name: str, a: str, b: str) -> str:
        """See LoweringTarget."""
        return self.builder.add(name, Add.aligning(self.builder.types[a], self.builder.types[b]), a, b)

    def round(self, name: str, x: str, role: str) -> str:
        """See LoweringTarget."""
        return self.builder.add(name, Requant.to(self.builder.types[x].fixed, self.formats.by_name[name]), x)

    def square(self, name: str, x: str) -> str:
        """See LoweringTarget."""
        return self.builder.add(name, Square(), x)

    def normalize(self, name: str, x: str, norm: str, inverse: bool) -> str:
        """See LoweringTarget."""
        if inverse:
            return self.builder.add(name, InverseGdnNormalize(), x, norm)
        shift = self.formats.by_name[name].frac - self._frac(x) + self._frac(norm) // 2
        return self.builder.add(name, GdnNormalize(shift), x, norm)

    def depth_to_space(self, name: str, x: str, block: int) -> str:
        """See LoweringTarget."""
        return self.builder.add(name, DepthToSpace(block), x)
