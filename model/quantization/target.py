"""What a layer lowers itself to: the primitives as methods, so that one description serves torch and integers alike."""

from __future__ import annotations

from typing import Protocol, TypeVar

from torch import Tensor

Map = TypeVar("Map")
"""A feature map of the target: a tensor's name in a graph, or fake-quantized values."""


class LoweringTarget(Protocol[Map]):
    """Builds or computes the result of each primitive; `name` names the result. See ops/ for their semantics."""

    def gains(self, name: str) -> Tensor | None:
        """How much larger [C] the channels of the rounded map `name` are than in the float codec, None where all are
        alike."""

    def shift_conv(
        self,
        name: str,
        x: Map,
        weight: Tensor,
        bias: Tensor | None,
        role: str | None = None,
        stride: int = 1,
    ) -> Map:
        """Convolution by real weights [O, C, k, k], rounded to the target's bits and each written as a sum of as many
        signed powers of two as `role` has (see DIGITS); without a role they are single ones already. bias [O] is real.

        A norm gets an even number of fractional bits, and its weights are rounded to the nearest.
        """

    def l1_conv(self, name: str, x: Map, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[Map, Tensor]:
        """Negated L1 distance plus `offset` [O], which is also returned as rounded. Filters have the grid and the range
        of x: what one of them passes it by is a constant, and added to the sum."""

    def sum_pool(self, name: str, x: Map, kernel: int) -> Map:
        """Average of non-overlapping squares."""

    def add(self, name: str, a: Map, b: Map) -> Map:
        """Sum."""

    def round(self, name: str, x: Map, role: str) -> Map:
        """Rounded and clipped to the format of its role (see BitWidths) that calibration chose."""

    def square(self, name: str, x: Map) -> Map:
        """Square."""

    def normalize(self, name: str, x: Map, norm: Map, inverse: bool) -> Map:
        """x divided by (or, `inverse`, multiplied with) the root of `norm`."""

    def depth_to_space(self, name: str, x: Map, block: int) -> Map:
        """Channels to pixels, in the order of ops.DepthToSpace."""
