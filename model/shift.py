"""The shift layer: a convolution whose weights are signed powers of two or zero (DeepShift-Q, arXiv 1905.13298)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EXPONENT_WINDOW = 7
"""How many exponents the weights of an output channel may have, where a configuration does not say."""

ROUND_UP = 0.5**0.5
"""The mantissa from which a number's logarithm rounds to its own exponent; a comparison is the same on every device."""


def nearest_exponents(magnitude: Tensor) -> Tensor:
    """round(log2(magnitude)) elementwise; zeros get the exponent of the smallest float."""
    mantissa, exponent = torch.frexp(magnitude.clamp(min=torch.finfo(magnitude.dtype).tiny))
    return (exponent - (mantissa < ROUND_UP).to(exponent.dtype)).to(magnitude.dtype)


def base_exponents(weight: Tensor) -> Tensor:
    """Per output channel b = round(log2(max abs(w))), [O]; a channel of zeros gets the smallest float's exponent."""
    peak = weight.detach().abs().flatten(1).amax(1)
    return nearest_exponents(peak)


def quantize_to_shifts(weight: Tensor, window: int = EXPONENT_WINDOW) -> Tensor:
    """The nearest sign * 2^p in the log domain, p in (b - window, b] per output channel, or 0; [O, C, k, k]."""
    base = base_exponents(weight).view(-1, 1, 1, 1)
    exponent = nearest_exponents(weight.abs())
    power = torch.exp2(torch.minimum(exponent, base)) * weight.sign()
    return torch.where(exponent > base - window, power, torch.zeros_like(power))


def within_window(weight: Tensor, window: int) -> Tensor:
    """Powers of two [O, C, k, k] without those that are smaller than the `window` largest exponents allow, per output
    channel."""
    peak = weight.detach().abs().flatten(1).amax(1)[:, None, None, None]
    return torch.where(weight.abs() > peak * 2.0**-window, weight, torch.zeros_like(weight))


class ShiftConv2d(nn.Module):
    """A convolution without bias by signed powers of two; the latent float `weight` [O, C, k, k] is trained
    with a straight-through gradient. [B, C, H, W] -> [B, O, H', W'], padding k // 2.

    Weights harden share by share, the largest first (INQ, arXiv 1702.03044): `hardness` is the share of them that is
    rounded and stands still, while the others, still as they are trained, make up for the error. With None all are
    rounded and learn."""

    order: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, window: int = EXPONENT_WINDOW) -> None:
        super().__init__()
        self.window = window
        self.hardness: float | None = None  # a number in training only
        self.kernel, self.stride, self.padding = kernel, stride, kernel // 2
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        nn.init.xavier_uniform_(self.weight)
        self.register_buffer("order", torch.ones_like(self.weight), persistent=False)

    @torch.no_grad()
    def harden(self, share: float | None) -> None:
        """Sets the `hardness`. When it leaves 0, all weights are put in order by what they are then."""
        if share and not self.hardness:
            order = self.weight.abs().flatten().argsort(descending=True, stable=True)
            ranks = torch.empty(len(order), device=order.device)
            ranks[order] = torch.arange(len(order), device=order.device) / len(order)
            self.order.copy_(ranks.view(self.weight.shape))
        self.hardness = share

    def quantized_weight(self) -> Tensor:
        """The weights the hardware sees, [O, C, k, k]; every one is 0 or sign * 2^p exactly. Straight-through.

        With a `hardness` only the weights whose `order` is below it are, the others are what is trained.
        """
        if self.hardness is not None:
            return self.hardened(self.weight)
        result: Tensor = _StraightThrough.apply(self.weight, self.window)  # type: ignore[no-untyped-call]
        return result

    def hardened(self, others: Tensor) -> Tensor:
        """`others` [O, C, k, k] with the weights that stand still in place of theirs; none do without a `hardness`."""
        if self.hardness is None:
            return others
        rounded = quantize_to_shifts(self.weight.detach(), self.window)
        return torch.where(self.order < self.hardness, rounded, others)

    def forward(self, image: Tensor) -> Tensor:
        return functional.conv2d(image, self.quantized_weight(), stride=self.stride, padding=self.padding)


def shifts_of(module: nn.Module) -> list[ShiftConv2d]:
    """All shift layers of a network, in its order."""
    return [part for part in module.modules() if isinstance(part, ShiftConv2d)]


@torch.no_grad()
def round_shifts(module: nn.Module) -> None:
    """Gives all shift layers the powers of two that their weights stand for."""
    for layer in shifts_of(module):
        layer.weight.copy_(quantize_to_shifts(layer.weight, layer.window))


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, weight: Tensor, window: int) -> Tensor:
        return quantize_to_shifts(weight, window)

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None
