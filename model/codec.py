"""The float codec: analysis and synthesis transforms of arXiv 2206.11599 (Fig. 2) and an entropy model."""

from collections import OrderedDict
from typing import NamedTuple

from torch import Tensor, nn

from model.channel_groups import FloatChannelGroups
from model.configuration import CodecConfiguration
from model.context import ContextModel
from model.gdn import GDN
from model.mixture import bounded
from model.prior import MixturePrior
from model.rounding import uniform_noise
from model.sapm import SapmD, SapmE
from model.steps import LearnedSteps

__all__ = ["PIXEL_SCALE", "TRANSFORMS", "Codec", "Reconstruction"]

TRANSFORMS = ("analysis", "synthesis")

PIXEL_SCALE = 256.0  # a pixel is an integer with 8 fractional bits
WHITE = 255 / PIXEL_SCALE


class Reconstruction(NamedTuple):
    """What a codec makes of pictures: restored ones [B, 3, H, W], clipped as bytes are, and the bits of each, [B]."""

    pictures: Tensor
    bits: Tensor


class Codec(nn.Module):
    """Pictures [B, 3, H, W] in [0, 1) (pixel / 256, not centred) to latents [B, M, H/16, W/16] and back.

    The transforms are the same for every quality. `steps` quantize the latents by quality; `prior` is the entropy
    model, a MixturePrior, FloatChannelGroups or a ContextModel. `rounds`, in training: whether the synthesis gets
    rounded latents, as in use, or noisy ones.
    """

    def __init__(self, configuration: CodecConfiguration) -> None:
        super().__init__()
        self.configuration = configuration
        self.rounds = False
        self.analysis = _analysis(configuration)
        self.synthesis = _synthesis(configuration)
        self.steps = LearnedSteps(configuration.latent_channels)
        self.prior = _entropy_model(configuration)

    def forward(self, image: Tensor, positions: Tensor) -> Reconstruction:
        """Codes pictures with qualities at `positions` [B] among the anchors (model/qualities.py).

        In training the rate is that of latents with uniform noise of width 1. Raises ValueError where H or W is no
        multiple of the reduction.
        """
        self._check(image)
        real = self.steps.divide(self.analysis(image), positions)
        symbols = real + (real.round() - real).detach()
        noisy = real + uniform_noise(real) if self.training else symbols
        taken = symbols if self.rounds or not self.training else noisy
        restored = self.synthesis(self.steps.multiply(taken, positions))
        return Reconstruction(bounded(restored, 0.0, WHITE), self.prior(symbols, noisy, positions))

    def _check(self, image: Tensor) -> None:
        reduction = self.configuration.reduction
        if image.dim() != 4 or image.shape[1] != 3 or image.shape[2] % reduction or image.shape[3] % reduction:
            raise ValueError(
                f"image must be [B, 3, H, W] with sides a multiple of {reduction}, not {tuple(image.shape)!r}"
            )


def _entropy_model(configuration: CodecConfiguration) -> nn.Module:
    latents, components = configuration.latent_channels, configuration.mixture_components
    if configuration.entropy == "static":
        return MixturePrior(latents, components, configuration.mixture)
    if configuration.entropy == "groups":
        return FloatChannelGroups(latents)
    channels = configuration.hyper_channels or configuration.widths[1]
    return ContextModel(latents, channels, components, configuration.mixture, fine=configuration.reduction == 8)


def _analysis(configuration: CodecConfiguration) -> nn.Sequential:
    (first, second, latents), kernel = configuration.widths, configuration.first_kernel
    stride = configuration.strides[0]

    def module(inputs: int, outputs: int) -> SapmE:
        return SapmE(
            inputs,
            outputs,
            configuration.analysis_kernel,
            configuration.branches,
            configuration.adder_spread,
            configuration.exponents,
            configuration.shortcut,
            configuration.adder_channels,
        )

    layers: OrderedDict[str, nn.Module] = OrderedDict(
        first=nn.Conv2d(3, first, kernel, stride, padding=kernel // 2),
        gdn1=GDN(first),
        sapm1=module(first, second),
        gdn2=GDN(second),
        sapm2=module(second, latents),
    )
    return nn.Sequential(layers)


def _synthesis(configuration: CodecConfiguration) -> nn.Sequential:
    (first, second, latents), stride = configuration.widths, configuration.strides[0]

    def module(inputs: int, outputs: int, spread: float) -> SapmD:
        return SapmD(
            inputs,
            outputs,
            configuration.synthesis_kernel,
            configuration.branches,
            spread * configuration.adder_spread,
            configuration.exponents,
            configuration.adder_channels,
        )

    # a transposed convolution k9 s4 is a 3x3 convolution to 3 * 4 * 4 channels and a pixel shuffle
    last = nn.Conv2d(first, 3 * stride * stride, 3, padding=1)
    nn.init.constant_(last.bias, 0.5)  # type: ignore[arg-type]
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        sapm1=module(latents, second, 2.0),
        igdn1=GDN(second, inverse=True),
        sapm2=module(second, first, 1.0),
        igdn2=GDN(first, inverse=True),
        last=last,
        shuffle=nn.PixelShuffle(stride),
    )
    return nn.Sequential(layers)
