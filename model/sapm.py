"""The shift-adder parallel modules SAPM-E and SAPM-D (arXiv 2206.11599, Fig. 3), their ablations and their CNN twin."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.adder import AdderConv2d
from model.deconvolution import ImplicitDeconvolution
from model.quantization.target import LoweringTarget, Map
from model.shift import DEFAULT_EXPONENTS, DeepShiftConv2d, Exponents

BRANCHES = ("both", "shift", "adder", "convolution")
SHORTCUTS = ("block", "pool")


class ParallelBranches(nn.Module):
    """What SAPM-E and SAPM-D share: the branches beside the shortcut; [B, C, H, W] -> [B, O, H', W'].

    `both` is the paper's Shift(x) + ID(Adder(x)). `shift` and `adder` drop the other branch; as the bias of a pair
    is the ID's, shift alone gets one. `convolution` is the CNN twin: one convolution of the same shape in place of
    the pair, all else equal. spread is the deviation of the adder's first weights; shift weights have `exponents`.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        adders: int,
        kernel: int,
        stride: int,
        branches: str,
        spread: float,
        exponents: Exponents,
    ) -> None:
        super().__init__()
        if branches not in BRANCHES:
            raise ValueError(f"branches must be one of {BRANCHES}, not {branches!r}")
        has_shift, has_adder = branches in ("both", "shift"), branches in ("both", "adder")
        self.shift = DeepShiftConv2d(inputs, outputs, kernel, stride, exponents) if has_shift else None
        self.bias = nn.Parameter(torch.zeros(outputs)) if branches == "shift" else None
        self.adder = AdderConv2d(inputs, adders, kernel, stride, spread) if has_adder else None
        self.deconvolution = ImplicitDeconvolution(adders, outputs) if has_adder else None
        is_twin = branches == "convolution"
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2) if is_twin else None

    def branches(self, image: Tensor) -> Tensor:
        """The sum of the branches without the shortcut."""
        if self.convolution is not None:
            result: Tensor = self.convolution(image)
            return result
        parts: list[Tensor] = []
        if self.shift is not None:
            shifted = self.shift(image)
            parts.append(shifted if self.bias is None else shifted + self.bias[:, None, None])
        if self.adder is not None and self.deconvolution is not None:
            parts.append(self.deconvolution(self.adder(image)))
        return sum(parts[1:], parts[0])

    def lower_branches(
        self,
        target: LoweringTarget[Map],
        name: str,
        x: Map,
        gains: Tensor | None,
        order: Tensor | slice = slice(None),
    ) -> Map:
        """The same of a target's map, whose channels are larger by `gains`; `order` permutes the output channels."""
        if self.convolution is not None:
            weight, stride = without_gains(self.convolution.weight[order], gains), self.convolution.stride[0]
            bias = None if self.convolution.bias is None else self.convolution.bias[order]
            return target.shift_conv(f"{name}.convolution", x, weight, bias, "convolution", stride)
        shifted = None if self.shift is None else self._lower_shift(self.shift, target, name, x, gains, order)
        if self.adder is None or self.deconvolution is None:
            assert shifted is not None
            return shifted
        check_gains(self.adder, gains, name)
        whitened = lower_adder(self.adder, self.deconvolution, target, name, x, order)
        return whitened if shifted is None else target.add(f"{name}.branches", shifted, whitened)

    def _lower_shift(
        self,
        shift: DeepShiftConv2d,
        target: LoweringTarget[Map],
        name: str,
        x: Map,
        gains: Tensor | None,
        order: Tensor | slice,
    ) -> Map:
        weight = shift.quantized_weight()[order]
        if gains is not None:
            weight = shift.exponents.coded().kept(without_gains(weight, gains))
        bias = None if self.bias is None else self.bias[order]
        return target.shift_conv(f"{name}.shift", x, weight, bias, stride=shift.stride)


def without_gains(weight: Tensor, gains: Tensor | None) -> Tensor:
    """Weights [O, C, k, k] for an input whose channels are larger by `gains` [C], or such a map without its gains."""
    return weight if gains is None else weight / gains.to(weight)[:, None, None]


def check_gains(adder: AdderConv2d, gains: Tensor | None, name: str) -> None:
    """Raises ValueError unless an adder counts the channels of its map as they are."""
    wanted = torch.ones_like(adder.gains) if gains is None else gains.to(adder.gains)
    if not torch.equal(adder.gains, wanted):
        first = int((adder.gains != wanted).nonzero()[0])
        raise ValueError(
            f"{name}: the adder must count channel {first} with the gain of its map, {float(wanted[first]):g}, not "
            f"{float(adder.gains[first]):g}: the codec must be quantized again (sapm quantize)"
        )


def lower_adder(
    adder: AdderConv2d,
    deconvolution: ImplicitDeconvolution,
    target: LoweringTarget[Map],
    name: str,
    x: Map,
    order: Tensor | slice,
) -> Map:
    """The adder branch; the distances lose their running mean before they are rounded."""
    mean = deconvolution.mean.double()
    distance, offset = target.l1_conv(f"{name}.adder", x, adder.weight, -mean, adder.stride)
    weight, _ = deconvolution.fold()
    bias = deconvolution.bias.double() - weight @ (mean + offset)
    return target.shift_conv(
        f"{name}.deconvolution",
        target.round(f"{name}.distance", distance, "distance"),
        weight[order][:, :, None, None],
        bias[order],
        "deconvolution",
    )


class SapmE(ParallelBranches):
    """Shift(x) + [ID(Adder(x)) + Shortcut(x)], stride 2; [B, C, H, W] -> [B, O, H/2, W/2], H and W even.

    The paper's shortcut is AvgPool(x) ("pool"). Where O is not C it passes a 1x1 convolution: the paper does not say
    how its shortcut meets more channels, and a projection is the usual answer (ResNet option B) and costs least after
    the pooling. "block" is a 2x2 convolution of stride 2, space to depth and a 1x1: it keeps what a pool averages away,
    so that a linear transform of 2x2 blocks can pass. adders: channels of the adder branch, None for O.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 5,
        branches: str = "both",
        spread: float = 0.5,
        exponents: Exponents = DEFAULT_EXPONENTS,
        shortcut: str = "block",
        adders: int | None = None,
    ) -> None:
        super().__init__(inputs, outputs, adders or outputs, kernel, 2, branches, spread, exponents)
        self.is_pooled = shortcut == "pool"
        self.shortcut = _shortcut(inputs, outputs, self.is_pooled)

    def forward(self, image: Tensor) -> Tensor:
        passed = functional.avg_pool2d(image, 2) if self.is_pooled else image
        return self.branches(image) + (passed if self.shortcut is None else self.shortcut(passed))

    def lower(self, target: LoweringTarget[Map], name: str, x: Map, source: str, role: str = "wide") -> Map:
        """The module, its exact sum rounded once to the format of `role`; x is the rounded map `source`."""
        gains = target.gains(source)
        branches = self.lower_branches(target, name, x, gains)
        passed = self._lower_shortcut(target, name, x, gains)
        return target.round(f"{name}.round", target.add(f"{name}.sum", branches, passed), role)

    def _lower_shortcut(self, target: LoweringTarget[Map], name: str, x: Map, gains: Tensor | None) -> Map:
        passed = target.sum_pool(f"{name}.pool", x, 2) if self.is_pooled else x
        if self.shortcut is not None:
            weight = without_gains(self.shortcut.weight, gains)
            return target.shift_conv(f"{name}.shortcut", passed, weight, None, "shortcut", self.shortcut.stride[0])
        if gains is None:
            return passed
        diagonal = gains.reciprocal().diag()[:, :, None, None]  # taken back exactly: each channel by its own shift
        return target.shift_conv(f"{name}.unscaled", passed, diagonal, None)


def _shortcut(inputs: int, outputs: int, is_pooled: bool) -> nn.Conv2d | None:
    if not is_pooled:
        return nn.Conv2d(inputs, outputs, 2, 2, bias=False)
    return nn.Conv2d(inputs, outputs, 1, bias=False) if inputs != outputs else None


class SapmD(ParallelBranches):
    """PixelShuffle(Shift(x)) + PixelShuffle(ID(Adder(x))) + PixelShuffle(Conv1x1(x)); [B, C, H, W] -> [B, O, 2H, 2W].

    Each branch has 4 * O channels; the sum and the shuffle commute, so the sum comes first and one shuffle remains.
    The adder has `adders` channels (None: C, as in the paper) and its 1x1 widens them.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        branches: str = "both",
        spread: float = 0.5,
        exponents: Exponents = DEFAULT_EXPONENTS,
        adders: int | None = None,
    ) -> None:
        super().__init__(inputs, 4 * outputs, adders or inputs, kernel, 1, branches, spread, exponents)
        self.shortcut = nn.Conv2d(inputs, 4 * outputs, 1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        return functional.pixel_shuffle(self.branches(image) + self.shortcut(image), 2)

    def lower(self, target: LoweringTarget[Map], name: str, x: Map, source: str) -> Map:
        """The module with its rounding, before which the sum is taken and after which one shuffle remains; x is the
        rounded map `source`."""
        gains = target.gains(source)
        order = shuffle_order(self.shortcut.weight.shape[0], 2)
        branches = self.lower_branches(target, name, x, gains, order)
        weight = without_gains(self.shortcut.weight[order], gains)
        shortcut = target.shift_conv(f"{name}.shortcut", x, weight, None, "shortcut")
        total = target.add(f"{name}.sum", branches, shortcut)
        return target.depth_to_space(f"{name}.space", target.round(f"{name}.round", total, "wide"), 2)


def shuffle_order(channels: int, block: int) -> Tensor:
    """For each channel in the order of ops.DepthToSpace, its channel in PixelShuffle's order, [channels]."""
    return torch.arange(channels).reshape(-1, block * block).t().reshape(-1)
