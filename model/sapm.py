"""The shift-adder parallel modules SAPM-E and SAPM-D (arXiv 2206.11599, Fig. 3)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.adder import AdderConv2d
from model.deconvolution import ImplicitDeconvolution
from model.quantization.target import Map, Target
from model.quantization.weights import single_powers, sums_of_powers
from model.shift import ShiftConv2d

SHORTCUT_TERMS = 3
DECONVOLUTION_TERMS = 3


class SapmE(nn.Module):
    """Shift(x) + [ID(Adder(x)) + AvgPool(x)], stride 2; [B, C, H, W] -> [B, O, H/2, W/2], H and W even.

    Where O is not C the pooled shortcut passes a 1x1 convolution: the paper does not say how its shortcut meets
    more channels, and a projection is the usual answer (ResNet option B) and costs least after the pooling.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 5, gain: float = 0.02) -> None:
        super().__init__()
        self.shift = ShiftConv2d(inputs, outputs, kernel, stride=2)
        self.adder = AdderConv2d(inputs, outputs, kernel, stride=2, gain=gain)
        self.deconvolution = ImplicitDeconvolution(outputs, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False) if inputs != outputs else None

    def forward(self, image: Tensor) -> Tensor:
        pooled = functional.avg_pool2d(image, 2)
        if self.shortcut is not None:
            pooled = self.shortcut(pooled)
        result: Tensor = self.shift(image) + self.deconvolution(self.adder(image)) + pooled
        return result

    def lower(self, target: Target[Map], name: str, x: Map, role: str = "wide") -> Map:
        """The module, its exact sum rounded once to the format of `role`."""
        branches = _lower_branches(self, target, name, x, x)
        pooled = target.sum_pool(f"{name}.pool", x, 2)
        if self.shortcut is not None:
            weights = sums_of_powers(self.shortcut.weight, SHORTCUT_TERMS)
            pooled = target.shift_conv(f"{name}.shortcut", pooled, weights, None)
        return target.round(f"{name}.round", target.add(f"{name}.sum", branches, pooled), role)


class SapmD(nn.Module):
    """PixelShuffle(Shift(x)) + PixelShuffle(ID(Adder(x))) + PixelShuffle(Conv1x1(x)); [B, C, H, W] -> [B, O, 2H, 2W].

    Each branch has 4 * O channels; the sum and the shuffle commute, so the sum comes first and one shuffle remains.
    The adder keeps C channels and its 1x1 widens them. spread is the deviation of the adder's first weights.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, gain: float = 0.02, spread: float = 0.5) -> None:
        super().__init__()
        self.shift = ShiftConv2d(inputs, 4 * outputs, kernel)
        self.adder = AdderConv2d(inputs, inputs, kernel, gain=gain, spread=spread)
        self.deconvolution = ImplicitDeconvolution(inputs, 4 * outputs)
        self.shortcut = nn.Conv2d(inputs, 4 * outputs, 1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        wide = self.shift(image) + self.deconvolution(self.adder(image)) + self.shortcut(image)
        return functional.pixel_shuffle(wide, 2)

    def lower(self, target: Target[Map], name: str, x: Map, is_coarse: bool = False) -> Map:
        """The module with its rounding, before which the sum is taken and after which one shuffle remains.

        A coarse map (the latents, whole numbers) is first brought to the finer grid that the adder's filters need.
        """
        fine = target.round(f"{name}.grid", x, "activation") if is_coarse else x
        order = shuffle_order(self.shift.weight.shape[0], 2)
        branches = _lower_branches(self, target, name, x, fine, order)
        shortcut = sums_of_powers(self.shortcut.weight[order], SHORTCUT_TERMS)
        total = target.add(f"{name}.sum", branches, target.shift_conv(f"{name}.shortcut", x, shortcut, None))
        return target.depth_to_space(f"{name}.space", target.round(f"{name}.round", total, "wide"), 2)


def shuffle_order(channels: int, block: int) -> Tensor:
    """For each channel in the order of ops.DepthToSpace, its channel in PixelShuffle's order, [channels]."""
    return torch.arange(channels).reshape(-1, block * block).t().reshape(-1)


def _lower_branches(
    module: SapmE | SapmD, target: Target[Map], name: str, x: Map, adder_x: Map, order: Tensor | slice = slice(None)
) -> Map:
    """Shift branch plus adder branch; the distances lose their running mean before they are rounded."""
    adder, deconvolution = module.adder, module.deconvolution
    shifted = target.shift_conv(
        f"{name}.shift", x, single_powers(module.shift.quantized_weight()[order]), None, module.shift.stride
    )
    mean = deconvolution.mean.double()
    distance, offset = target.l1_conv(f"{name}.adder", adder_x, adder.weight, -mean, adder.stride)
    weight, _ = deconvolution.fold()
    bias = deconvolution.bias.double() - weight.double() @ (mean + offset)
    whitened = target.shift_conv(
        f"{name}.deconvolution",
        target.round(f"{name}.distance", distance, "distance"),
        sums_of_powers(weight[order][:, :, None, None], DECONVOLUTION_TERMS),
        bias[order],
    )
    return target.add(f"{name}.branches", shifted, whitened)
