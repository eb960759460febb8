"""The adder layer: a convolution whose product is the negated L1 distance (AdderNet, CVPR 2020)."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from model import kernels


class _AdderFunction(torch.autograd.Function):
    """y = -sum abs(x - w) on maps [B, H, W, C] with weights [O, k, k, C]; gradients as AdderNet defines them."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(image, weight)
        ctx.geometry = stride, padding
        return kernels.forward(image, weight, stride, padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        image, weight = ctx.saved_tensors
        stride, padding = ctx.geometry
        by_image, by_weight = kernels.gradients(
            gradients[0], image, weight, stride, padding, image_needed=ctx.needs_input_grad[0]
        )
        return by_image, by_weight, None, None


def negated_distance(image: Tensor, weight: Tensor, stride: int) -> Tensor:
    """-sum abs(x - w) of image [B, C, H, W] and weight [O, C, k, k], padding k // 2; gradients as in AdderNet.

    Sums of whole numbers (or of numbers on one binary grid) are exact while float32 holds them.
    """
    # channel-last maps make every patch a few contiguous runs
    maps = image.permute(0, 2, 3, 1), weight.permute(0, 2, 3, 1)
    result: Tensor = _AdderFunction.apply(*maps, stride, weight.shape[-1] // 2)  # type: ignore[no-untyped-call]
    return result.permute(0, 3, 1, 2)


def adaptive_scale(gradient: Tensor, gain: float) -> Tensor:
    """AdderNet eq. 13: the layer-wise rate eta * sqrt(k) / ||gradient||, k elements in the layer."""
    scale: Tensor = gain * math.sqrt(gradient.numel()) / gradient.norm().clamp(min=1e-12)
    return scale


class AdderConv2d(nn.Module):
    """y[o] = -sum over taps of abs(g x - w[o]); zero padding takes part in the sum. [B, C, H, W] -> [B, O, H', W'].

    The parameter `weight` is [O, C, k, k], as in nn.Conv2d; spread is the deviation of its first values. The buffer
    `gains` g, [C], is how much each channel counts: those of integer maps, which hardware reads as they are, have gains
    (`model/gains.py`).
    """

    gains: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, spread: float = 0.5) -> None:
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel) * spread)
        self.register_buffer("gains", torch.ones(inputs))

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *others: Any) -> None:
        state.setdefault(f"{prefix}gains", torch.ones_like(self.gains))  # a checkpoint without them means ones
        super()._load_from_state_dict(state, prefix, *others)

    @torch.no_grad()
    def weigh(self, gains: Tensor) -> None:
        """Sets the gains, and scales the filters as their channels: what they stand for stays."""
        self.weight.mul_((gains / self.gains)[:, None, None])
        self.gains.copy_(gains)

    def scale_gradient(self, gain: float) -> None:
        """Scales the gradient of the weights as the layer-wise adaptive rate says (`adaptive_scale`).

        Not part of the backward pass: the norm is that of the gradient of the whole batch, which several processes
        know only after they averaged theirs.
        """
        if self.weight.grad is not None:
            self.weight.grad *= adaptive_scale(self.weight.grad, gain)

    def forward(self, image: Tensor) -> Tensor:
        return negated_distance(image * self.gains[:, None, None], self.weight, self.stride)
