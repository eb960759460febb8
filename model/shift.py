"""The shift layer: a convolution whose weights are signed powers of two or zero (DeepShift-Q, arXiv 1905.13298)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EXPONENT_WINDOW = 7


def base_exponents(weight: Tensor) -> Tensor:
    """Per output channel b = round(log2(max abs(w))), [O]; a channel of zeros gets the smallest float's exponent."""
    peak = weight.detach().abs().flatten(1).amax(1)
    return peak.clamp(min=torch.finfo(weight.dtype).tiny).log2().round()


def quantize_to_shifts(weight: Tensor) -> Tensor:
    """The nearest sign * 2^p in the log domain, p in [b - 6, b] per output channel, smaller ones 0; [O, C, k, k]."""
    base = base_exponents(weight).view(-1, 1, 1, 1)
    exponent = weight.abs().clamp(min=torch.finfo(weight.dtype).tiny).log2().round()
    power = torch.exp2(torch.minimum(exponent, base)) * weight.sign()
    return torch.where(exponent > base - EXPONENT_WINDOW, power, torch.zeros_like(power))


class ShiftConv2d(nn.Module):
    """A convolution without bias by signed powers of two; the latent float `weight` [O, C, k, k] is trained
    with a straight-through gradient. [B, C, H, W] -> [B, O, H', W'], padding k // 2."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, kernel // 2
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        nn.init.xavier_uniform_(self.weight)

    def quantized_weight(self) -> Tensor:
        """The weights the hardware sees, [O, C, k, k]; every one is 0 or sign * 2^p exactly."""
        with torch.no_grad():
            return quantize_to_shifts(self.weight)

    def forward(self, image: Tensor) -> Tensor:
        weight = _StraightThrough.apply(self.weight)  # type: ignore[no-untyped-call]
        return functional.conv2d(image, weight, stride=self.stride, padding=self.padding)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, weight: Tensor) -> Tensor:
        return quantize_to_shifts(weight)

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> Tensor:
        return gradients[0]
