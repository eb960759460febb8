"""The float codec: analysis and synthesis transforms of arXiv 2206.11599 (Fig. 2) and an entropy model."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from model.configuration import CodecConfiguration
from model.context import ContextModel
from model.gdn import GDN
from model.prior import MixturePrior
from model.rounding import LATENT_MAXIMUM, LATENT_MINIMUM, quantize
from model.sapm import SapmD, SapmE

__all__ = ["LATENT_MAXIMUM", "LATENT_MINIMUM", "PIXEL_SCALE", "TRANSFORMS", "Codec"]

TRANSFORMS = ("analysis", "synthesis")

PIXEL_SCALE = 256.0  # a pixel is an integer with 8 fractional bits

FIRST_LATENT_GAIN = 16.0
"""How much larger than their layers' usual start makes them the latents are at first, so that they outgrow the noise of
width 1 from the first step on."""


class Codec(nn.Module):
    """Pictures [B, 3, H, W] in [0, 1) (pixel / 256, not centred) to latents [B, M, H/16, W/16] and back.

    `prior` is the entropy model of the latents, a MixturePrior or a ContextModel.
    """

    def __init__(self, configuration: CodecConfiguration) -> None:
        super().__init__()
        self.configuration = configuration
        self.analysis = _analysis(configuration)
        self.synthesis = _synthesis(configuration)
        self.prior = _entropy_model(configuration)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The reconstruction, [B, 3, H, W], and the bits of every picture, hyper latents included, [B].

        In training the latents carry uniform noise of width 1, otherwise they are rounded and clipped to 8 bits.
        Raises ValueError where H or W is no multiple of the reduction.
        """
        self._check(image)
        latents = quantize(self.analysis(image), self.training)
        return self.synthesis(latents), self.prior.picture_bits(latents)

    def _check(self, image: Tensor) -> None:
        reduction = self.configuration.reduction
        if image.dim() != 4 or image.shape[1] != 3 or image.shape[2] % reduction or image.shape[3] % reduction:
            raise ValueError(
                f"image must be [B, 3, H, W] with sides a multiple of {reduction}, not {tuple(image.shape)!r}"
            )


def _entropy_model(configuration: CodecConfiguration) -> MixturePrior | ContextModel:
    latents, components = configuration.latent_channels, configuration.mixture_components
    if configuration.entropy == "static":
        return MixturePrior(latents, components, configuration.mixture)
    channels = configuration.hyper_channels or configuration.channels
    return ContextModel(latents, channels, components, configuration.mixture, fine=configuration.reduction == 8)


def _analysis(configuration: CodecConfiguration) -> nn.Sequential:
    width, kernel, branches = configuration.channels, configuration.analysis_kernel, configuration.branches
    first_kernel, stride, spread = configuration.first_kernel, configuration.strides[0], configuration.adder_spread
    exponents = configuration.exponents
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        first=nn.Conv2d(3, width, first_kernel, stride, padding=first_kernel // 2),
        gdn1=GDN(width),
        sapm1=SapmE(width, width, kernel, branches, spread, exponents),
        gdn2=GDN(width),
        sapm2=SapmE(width, configuration.latent_channels, kernel, branches, spread, exponents),
    )
    _scale(layers["sapm2"], FIRST_LATENT_GAIN)
    return nn.Sequential(layers)


def _synthesis(configuration: CodecConfiguration) -> nn.Sequential:
    width, kernel, branches = configuration.channels, configuration.synthesis_kernel, configuration.branches
    stride, spread, exponents = configuration.strides[0], configuration.adder_spread, configuration.exponents
    # a transposed convolution k9 s4 is a 3x3 convolution to 3 * 4 * 4 channels and a pixel shuffle
    last = nn.Conv2d(width, 3 * stride * stride, 3, padding=1)
    nn.init.constant_(last.bias, 0.5)  # type: ignore[arg-type]
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        sapm1=SapmD(configuration.latent_channels, width, kernel, branches, 2 * spread, exponents),
        igdn1=GDN(width, inverse=True),
        sapm2=SapmD(width, width, kernel, branches, spread, exponents),
        igdn2=GDN(width, inverse=True),
        last=last,
        shuffle=nn.PixelShuffle(stride),
    )
    _scale(layers["sapm1"], 1 / FIRST_LATENT_GAIN)
    return nn.Sequential(layers)


@torch.no_grad()
def _scale(module: nn.Module, factor: float) -> None:
    """Scales the first weights of all that is linear in a shift-adder module."""
    for name, parameter in module.named_parameters():
        if not name.startswith("adder.") and name.endswith("weight"):
            parameter.mul_(factor)
