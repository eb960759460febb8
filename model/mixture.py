"""Mixtures of Laplace or Gauss distributions over whole numbers, by logarithms (arXiv 2206.11599, eq. 5)."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

MIXTURES = ("laplace", "gaussian")
LOG_SCALE_MINIMUM, LOG_SCALE_MAXIMUM = -4.0, 5.0


class MixtureParameters(NamedTuple):
    """Logits of the weights, means and log scales of K distributions for each latent, each [B, M, H, W, K]."""

    logits: Tensor
    means: Tensor
    log_scales: Tensor


class _Bounded(torch.autograd.Function):
    """clamp(x, low, high) whose gradient also passes outside, where a step would lead back inside."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward(value)
        ctx.bounds = (low, high)
        return value.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (value,), (low, high), gradient = ctx.saved_tensors, ctx.bounds, gradients[0]
        passes = ((value >= low) | (gradient < 0)) & ((value <= high) | (gradient > 0))
        return gradient * passes, None, None


def bounded(value: Tensor, low: float, high: float) -> Tensor:
    """clamp(x, low, high) that a parameter can leave again."""
    result: Tensor = _Bounded.apply(value, low, high)  # type: ignore[no-untyped-call]
    return result


def log_laplace_mass(distance: Tensor, log_scale: Tensor) -> Tensor:
    """log of the mass that a Laplace distribution gives the bin of width 1 at `distance` >= 0 from its mean.

    Beyond the bin of the mean it is 0.5 * exp(-(d - 0.5) / s) * (1 - exp(-1 / s)), whose logarithm cannot underflow.
    """
    rate = torch.exp(-log_scale)
    outside = (0.5 - distance).clamp(max=0) * rate + torch.log(-0.5 * torch.expm1(-rate))
    near = distance.clamp(max=0.5)
    inside = torch.log1p(-0.5 * (torch.exp(-(near + 0.5) * rate) + torch.exp((near - 0.5) * rate)))
    return torch.where(distance > 0.5, outside, inside)


def log_gaussian_mass(distance: Tensor, log_scale: Tensor) -> Tensor:
    """As `log_laplace_mass` for a Gauss distribution: log(Phi((0.5 - d) / s) - Phi((-0.5 - d) / s))."""
    rate = torch.exp(-log_scale)
    upper, lower = (torch.special.log_ndtr((edge - distance) * rate) for edge in (0.5, -0.5))
    return upper + torch.log(-torch.expm1(lower - upper))


def mixture_bits(latents: Tensor, logits: Tensor, means: Tensor, log_scales: Tensor, mixture: str) -> Tensor:
    """Bits of latents [...] in bins of width 1 under K weighted distributions; parameters broadcast to [..., K].

    Finite, with finite gradients, for any finite argument: an outlier costs many bits, and says so to its distribution.
    """
    log_mass = log_laplace_mass if mixture == "laplace" else log_gaussian_mass
    distance = (latents.unsqueeze(-1) - means).abs()
    scales = bounded(log_scales, LOG_SCALE_MINIMUM, LOG_SCALE_MAXIMUM)
    joint = functional.log_softmax(logits, -1) + log_mass(distance, scales)
    return -torch.logsumexp(joint, -1) / math.log(2.0)


def first_log_scales(components: int) -> Tensor:
    """Where K components start, [K]: from narrow to wide, so that they differ and one of them reaches far."""
    return torch.linspace(-1.0, 1.5, components) if components > 1 else torch.zeros(1)
