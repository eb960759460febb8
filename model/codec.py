"""The float codec: analysis and synthesis transforms of arXiv 2206.11599 (Fig. 2) and a prior for training."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from model.configuration import CodecConfiguration
from model.gdn import GDN
from model.prior import MixturePrior
from model.sapm import SapmD, SapmE

PIXEL_SCALE = 256.0  # a pixel is an integer with 8 fractional bits
LATENT_MINIMUM, LATENT_MAXIMUM = -128, 127


class Codec(nn.Module):
    """Pictures [B, 3, H, W] in [0, 1) (pixel / 256, not centred) to latents [B, M, H/16, W/16] and back."""

    def __init__(self, configuration: CodecConfiguration) -> None:
        super().__init__()
        self.configuration = configuration
        self.analysis = _analysis(configuration)
        self.synthesis = _synthesis(configuration)
        self.prior = MixturePrior(configuration.latent_channels, configuration.mixture_components)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The reconstruction, [B, 3, H, W], and the bits of every latent, [B, M, H/16, W/16].

        In training the latents carry uniform noise of width 1, otherwise they are rounded and clipped to 8 bits.
        Raises ValueError where H or W is no multiple of the reduction.
        """
        self._check(image)
        latents = self.analysis(image)
        if self.training:
            latents = latents + torch.rand_like(latents) - 0.5
        else:
            latents = latents.round().clamp(LATENT_MINIMUM, LATENT_MAXIMUM)
        return self.synthesis(latents), self.prior(latents)

    def _check(self, image: Tensor) -> None:
        reduction = self.configuration.reduction
        if image.dim() != 4 or image.shape[1] != 3 or image.shape[2] % reduction or image.shape[3] % reduction:
            raise ValueError(
                f"image must be [B, 3, H, W] with sides a multiple of {reduction}, not {tuple(image.shape)!r}"
            )


def _analysis(configuration: CodecConfiguration) -> nn.Sequential:
    width, kernel, gain = configuration.channels, configuration.analysis_kernel, configuration.adder_gain
    first_kernel, stride = configuration.first_kernel, configuration.strides[0]
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        first=nn.Conv2d(3, width, first_kernel, stride, padding=first_kernel // 2),
        gdn1=GDN(width),
        sapm1=SapmE(width, width, kernel, gain),
        gdn2=GDN(width),
        sapm2=SapmE(width, configuration.latent_channels, kernel, gain),
    )
    return nn.Sequential(layers)


def _synthesis(configuration: CodecConfiguration) -> nn.Sequential:
    width, kernel, gain = configuration.channels, configuration.synthesis_kernel, configuration.adder_gain
    stride = configuration.strides[0]
    # a transposed convolution k9 s4 is a 3x3 convolution to 3 * 4 * 4 channels and a pixel shuffle
    last = nn.Conv2d(width, 3 * stride * stride, 3, padding=1)
    nn.init.constant_(last.bias, 0.5)  # type: ignore[arg-type]
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        sapm1=SapmD(configuration.latent_channels, width, kernel, gain, spread=1.0),
        igdn1=GDN(width, inverse=True),
        sapm2=SapmD(width, width, kernel, gain),
        igdn2=GDN(width, inverse=True),
        last=last,
        shuffle=nn.PixelShuffle(stride),
    )
    return nn.Sequential(layers)
