"""Hyper analysis and synthesis as in Cheng et al., CVPR 2020 (Fig. 4), adapted to the strides of the transforms."""

from torch import Tensor, nn
from torch.nn import functional

SLOPE = 2.0**-7
"""Of the leaky rectifiers: the usual 0.01 as a power of two, so that integer networks can shift."""


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1)


def _widening(inputs: int, outputs: int, factor: int) -> nn.Sequential:
    """A sub-pixel convolution: `factor` times the sides. (Without a factor, a plain one.)"""
    return nn.Sequential(_convolution(inputs, outputs * factor**2), nn.PixelShuffle(factor))


def _joined(layers: list[nn.Module]) -> nn.Sequential:
    """Layers with a rectifier between each two."""
    chain = [part for layer in layers for part in (layer, nn.LeakyReLU(SLOPE))]
    return nn.Sequential(*chain[:-1])


class HyperAnalysis(nn.Module):
    """Latents [B, M, H, W] to hyper latents [B, N, ceil(H / r), ceil(W / r)], r = 4, or 8 for latents at 1/8.

    The five 3x3 convolutions of Cheng 2020 at 1/64 of the picture: where the latents are finer than its 1/16, its
    first convolution takes stride 2 as well.
    """

    def __init__(self, latent_channels: int, channels: int, first_stride: int) -> None:
        super().__init__()
        strides = (first_stride, 1, 2, 1, 2)
        widths = (latent_channels, channels, channels, channels, channels)
        self.layers = _joined([_convolution(width, channels, s) for width, s in zip(widths, strides, strict=True)])

    def forward(self, latents: Tensor) -> Tensor:
        result: Tensor = self.layers(latents)
        return result


class HyperSynthesis(nn.Module):
    """Hyper latents [B, N, h, w] to features [B, 2M, H, W]; sides that are no multiple of r are cropped to fit."""

    def __init__(self, channels: int, latent_channels: int, last_stride: int) -> None:
        super().__init__()
        wide = channels * 3 // 2
        self.layers = _joined(
            [
                _convolution(channels, channels),
                _widening(channels, channels, 2),
                _convolution(channels, wide),
                _widening(wide, wide, 2),
                _widening(wide, 2 * latent_channels, last_stride),
            ]
        )

    def forward(self, hyper: Tensor, height: int, width: int) -> Tensor:
        wide = self.layers(hyper)
        return functional.pad(wide, (0, width - wide.shape[3], 0, height - wide.shape[2]))
