"""Finer latents: a trained codec rewritten so that the same function spends more bits, as a start at a higher rate."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from model.codec import Codec
from model.context import ContextModel
from model.gdn import GDN
from model.prior import MixturePrior
from model.sapm import ParallelBranches


@torch.no_grad()
def refine_latents(codec: Codec, gain: float) -> None:
    """Multiplies the latents by `gain`; what follows undoes it, so that but for their rounding nothing changes.

    Rounding errors then are `gain` times smaller beside the latents, and every latent that is not zero takes up to
    log2(gain) bits more; the entropy model expects that. Exact for shift weights where the gain is a power of two,
    nearly so otherwise.
    """
    _scale_result(cast(ParallelBranches, codec.analysis.sapm2), gain)
    _scale_input(cast(ParallelBranches, codec.synthesis.sapm1), gain)
    if isinstance(codec.prior, MixturePrior):
        codec.prior.means.mul_(gain)
        codec.prior.log_scales.add_(math.log(gain))
    else:
        _scale_context(codec.prior, gain)


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


def _scale_result(module: ParallelBranches, gain: float) -> None:
    deconvolution = module.deconvolution
    results: list[Tensor | None] = [module.bias, *_weights(module)]
    if module.convolution is not None:
        results.append(module.convolution.bias)
    if deconvolution is not None:
        results += [deconvolution.weight, deconvolution.bias]
    for parameter in results:
        if parameter is not None:
            parameter.mul_(gain)


def _scale_input(module: ParallelBranches, gain: float) -> None:
    for parameter in _weights(module):
        parameter.div_(gain)
    if module.adder is not None and module.deconvolution is not None:
        # distances grow by the gain, and their whitening takes it out again
        module.adder.weight.mul_(gain)
        module.deconvolution.mean.mul_(gain)
        module.deconvolution.covariance.mul_(gain**2)
        module.deconvolution.whitening.div_(gain)


def _weights(module: ParallelBranches) -> list[Tensor]:
    """What is linear in the module's input."""
    layers = (module.shift, module.convolution, cast(nn.Conv2d | None, module.shortcut))
    return [layer.weight for layer in layers if layer is not None]


def _scale_context(model: ContextModel, gain: float) -> None:
    cast(nn.Conv2d, model.hyper_analysis.layers[0]).weight.div_(gain)
    model.context.weight.div_(gain)
    last = cast(nn.Conv2d, model.entropy_parameters[-1])
    weight, bias = last.weight.unflatten(0, (3, -1)), cast(Tensor, last.bias).unflatten(0, (3, -1))
    weight[1].mul_(gain)
    bias[1].mul_(gain)
    bias[2].add_(math.log(gain))
