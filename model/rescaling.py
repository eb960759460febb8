"""Rescaled maps: a normalization with other factors for its channels, which what follows takes back."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from model.gdn import GDN
from model.sapm import ParallelBranches


@torch.no_grad()
def scale_norm(norm: GDN, following: nn.Module, factors: Tensor) -> None:
    """Multiplies the channels of a normalization's result by `factors` [C]; the layer after it takes that back.

    Exactly, while shift weights are soft: what is linear divides its weights, an adder branch its gains.
    """
    roots = factors if norm.inverse else factors.reciprocal()
    norm.beta_root.mul_(roots)
    norm.gamma_root.mul_(roots[:, None])
    inputs = factors[:, None, None]
    if not isinstance(following, ParallelBranches):
        cast(nn.Conv2d, following).weight.div_(inputs)
        return
    for parameter in _weights(following):
        parameter.div_(inputs)
    if following.adder is not None:
        following.adder.gains.div_(factors)
    filters = following.shift or following.convolution
    if following.shortcut is None and filters is not None:
        _add_pooling(filters.weight, factors.reciprocal() - 1)


def _add_pooling(weight: Tensor, shares: Tensor) -> None:
    """Adds to filters [C, C, k, k] of stride 2 an average over 2x2 of their own channel, times `shares` [C]."""
    first = weight.shape[-1] // 2
    weight[:, :, first : first + 2, first : first + 2] += shares.diag()[:, :, None, None] / 4


def _weights(module: ParallelBranches) -> list[Tensor]:
    """What is linear in the module's input."""
    layers = (module.shift, module.convolution, cast(nn.Conv2d | None, module.shortcut))
    return [layer.weight for layer in layers if layer is not None]
