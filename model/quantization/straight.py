"""Straight-through estimators: rounded values forward, the gradient of what was rounded backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from model.mixture import bounded
from ops import Fixed


class _Replaced(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, source: Tensor, value: Tensor) -> Tensor:
        ctx.dtype = source.dtype
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].to(ctx.dtype), None


def replaced(source: Tensor, value: Tensor) -> Tensor:
    """`value`, whose gradient goes to `source` of the same shape (Bengio et al., arXiv 1308.3432)."""
    result: Tensor = _Replaced.apply(source, value.detach())  # type: ignore[no-untyped-call]
    return result


def snap(values: Tensor, fixed: Fixed) -> Tensor:
    """The nearest numbers of a format, ties upwards, clipped to its range: what Requant does, in real numbers.

    What is clipped has a gradient only where a step would lead back into the range.
    """
    inside = bounded(values, fixed.low * fixed.step, fixed.high * fixed.step)
    return replaced(inside, torch.floor(inside * 2.0**fixed.frac + 0.5) * fixed.step)
