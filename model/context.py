"""The context entropy model: hyper latents and a 5x5 masked context give each latent a mixture of its own."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.factorized import FactorizedPrior
from model.hyper import SLOPE, HyperAnalysis, HyperSynthesis
from model.mixture import MixtureParameters, first_log_scales, mixture_bits
from model.qualities import ANCHORS, interpolated
from model.rounding import quantize

CONTEXT_KERNEL = 5


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees only what comes before its position in raster order (van den Oord 2016, mask A)."""

    mask: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        taps = CONTEXT_KERNEL**2
        super().__init__(inputs, outputs, CONTEXT_KERNEL, padding=CONTEXT_KERNEL // 2)
        before = torch.arange(taps).view(1, 1, CONTEXT_KERNEL, CONTEXT_KERNEL) < taps // 2
        self.register_buffer("mask", before.float(), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, O, H, W]."""
        return functional.conv2d(image, self.weight * self.mask, self.bias, padding=self.padding)


class ContextModel(nn.Module):
    """Bits of latents [B, M, H, W] by their neighbours before them and by hyper latents [B, N, h, w].

    The hyper analysis reads the latents as they are coded, not the real numbers before rounding: what leaves the
    hardware is integers, and the host that codes them has nothing else.
    """

    def __init__(
        self, latent_channels: int, channels: int, components: int, mixture: str = "laplace", fine: bool = False
    ) -> None:
        """fine: the latents lie at 1/8 of the picture, so that the hyper networks take one more factor of 2."""
        super().__init__()
        self.components, self.mixture = components, mixture
        step = 2 if fine else 1
        self.hyper_analysis = HyperAnalysis(latent_channels, channels, step)
        self.hyper_synthesis = HyperSynthesis(channels, latent_channels, step)
        self.hyper_prior = FactorizedPrior(channels)
        self.context = MaskedConv2d(latent_channels, 2 * latent_channels)
        self.law_bias = nn.Parameter(torch.zeros(ANCHORS, 3 * components * latent_channels))
        self.entropy_parameters = _entropy_parameters(latent_channels, components)

    def parameters_of(self, latents: Tensor, features: Tensor, positions: Tensor) -> MixtureParameters:
        """The distributions of latents [B, M, H, W] by the latents before them and hyper features [B, 2M, H, W]."""
        joined = torch.cat([features, self.context(latents)], 1)
        raw = self.entropy_parameters(joined) + interpolated(self.law_bias, positions)[:, :, None, None]
        logits, means, log_scales = raw.unflatten(1, (3, self.components, -1)).permute(1, 0, 3, 4, 5, 2).unbind(0)
        return MixtureParameters(logits, means, log_scales)

    def forward(self, symbols: Tensor, noisy: Tensor, positions: Tensor) -> Tensor:
        """Bits of each picture, hyper latents included, [B]; of noisy latents where these are other numbers."""
        hyper = quantize(self.hyper_analysis(noisy), self.training)
        features = self.hyper_synthesis(hyper, noisy.shape[2], noisy.shape[3])
        parameters = self.parameters_of(noisy, features, positions)
        bits = mixture_bits(noisy, *parameters, mixture=self.mixture)
        return bits.sum((1, 2, 3)) + self.hyper_prior(hyper).sum((1, 2, 3))


def _entropy_parameters(latent_channels: int, components: int) -> nn.Sequential:
    """Three 1x1 convolutions 4M -> 3KM, widths falling as in Minnen et al. 2018; starts at one distribution for all."""
    inputs, outputs = 4 * latent_channels, 3 * components * latent_channels
    inner = 10 * latent_channels // 3, 8 * latent_channels // 3
    last = nn.Conv2d(inner[1], outputs, 1)
    with torch.no_grad():
        last.weight.mul_(0.1)
        bias = last.bias.view(3, components, latent_channels)  # type: ignore[union-attr]
        bias.zero_()
        bias[2] = first_log_scales(components)[:, None]
    return nn.Sequential(
        nn.Conv2d(inputs, inner[0], 1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(inner[0], inner[1], 1),
        nn.LeakyReLU(SLOPE),
        last,
    )
