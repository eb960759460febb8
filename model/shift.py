"""The shift layer: a convolution whose weights are signed powers of two or zero (DeepShift-Q, arXiv 1905.13298)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

EXPONENT_WINDOW = 7
"""How many exponents weights with a common base may have, where a configuration does not say."""

BASES = {"channel": (1, 2, 3), "column": (1, 2)}
"""Which weights [O, C, k, k] of an output channel have a common base: all, or those of a column of the kernel, whose
products an array adds up in the same cycles."""


@dataclass(frozen=True)
class Exponents:
    """Which exponents shift weights may have: `window` of them, the largest that of the largest with a common base."""

    window: int = EXPONENT_WINDOW
    base: str = "channel"

    def bases_of(self, weight: Tensor) -> Tensor:
        """b = round(log2(max abs(w))) of weights [O, C, k, k], [O, 1, 1, 1 or k]; that of zeros is very small."""
        return nearest_exponents(self._peaks(weight))

    def quantize(self, weight: Tensor) -> Tensor:
        """The nearest sign * 2^p in the log domain, p in (b - window, b], or 0; [O, C, k, k]."""
        base, exponent = self.bases_of(weight), nearest_exponents(weight.abs())
        power = torch.exp2(torch.minimum(exponent, base)) * weight.sign()
        return torch.where(exponent > base - self.window, power, torch.zeros_like(power))

    def kept(self, weight: Tensor) -> Tensor:
        """Powers of two [O, C, k, k] without those below the window."""
        return torch.where(weight.abs() > self._peaks(weight) * 2.0**-self.window, weight, torch.zeros_like(weight))

    def coded(self) -> "Exponents":
        """As many exponents as the bits of a code tell apart."""
        return Exponents(1 << (self.window - 1).bit_length(), self.base)

    def _peaks(self, weight: Tensor) -> Tensor:
        return weight.detach().abs().amax(BASES[self.base], keepdim=True)


DEFAULT_EXPONENTS = Exponents()
"""Those of layers that are not told others."""

ROUND_UP = 0.5**0.5
"""The mantissa from which a number's logarithm rounds to its own exponent; a comparison is the same on every device."""


def nearest_exponents(magnitude: Tensor) -> Tensor:
    """round(log2(magnitude)) elementwise; zeros get the exponent of the smallest float."""
    mantissa, exponent = torch.frexp(magnitude.clamp(min=torch.finfo(magnitude.dtype).tiny))
    return (exponent - (mantissa < ROUND_UP).to(exponent.dtype)).to(magnitude.dtype)


class DeepShiftConv2d(nn.Module):
    """A convolution without bias by signed powers of two; the latent float `weight` [O, C, k, k] is trained
    with a straight-through gradient. [B, C, H, W] -> [B, O, H', W'], padding k // 2.

    Weights harden share by share, the largest first (INQ, arXiv 1702.03044): `hardness` is the share of them that is
    rounded and stands still, while the others, still as they are trained, make up for the error. With None all are
    rounded and learn."""

    order: Tensor

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, exponents: Exponents = DEFAULT_EXPONENTS
    ) -> None:
        super().__init__()
        self.exponents = exponents
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
        result: Tensor = _StraightThrough.apply(self.weight, self.exponents)  # type: ignore[no-untyped-call]
        return result

    def hardened(self, others: Tensor) -> Tensor:
        """`others` [O, C, k, k] with the weights that stand still in place of theirs; none do without a `hardness`."""
        if self.hardness is None:
            return others
        rounded = self.exponents.quantize(self.weight.detach())
        return torch.where(self.order < self.hardness, rounded, others)

    def forward(self, image: Tensor) -> Tensor:
        return functional.conv2d(image, self.quantized_weight(), stride=self.stride, padding=self.padding)


def shifts_of(module: nn.Module) -> list[DeepShiftConv2d]:
    """All shift layers of a network, in its order."""
    return [part for part in module.modules() if isinstance(part, DeepShiftConv2d)]


@torch.no_grad()
def round_shifts(module: nn.Module) -> None:
    """Gives all shift layers the powers of two that their weights stand for."""
    for layer in shifts_of(module):
        layer.weight.copy_(layer.exponents.quantize(layer.weight))


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, weight: Tensor, exponents: Exponents) -> Tensor:
        return exponents.quantize(weight)

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None
