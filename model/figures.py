"""Figures of a float checkpoint: rate, distortion, and the outliers that 8-bit maps will have to bear."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.adder import AdderConv2d
from model.checkpoint import load_checkpoint
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.data import Bytes, to_batch
from model.qualities import position_of_rate_weight
from model.shift import DeepShiftConv2d


class Network(Protocol):
    """A codec, or one whose layers are quantized."""

    @property
    def configuration(self) -> CodecConfiguration:
        """What it is made of."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Its weights."""

    def __call__(self, image: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """See Codec.forward."""


@torch.no_grad()
def code_picture(codec: Network, picture: Bytes, position: float) -> tuple[Bytes, float]:
    """The 8-bit result for one picture [H, W, 3] and its bits by the entropy model, with its quality at a position.

    The sides are padded with their last row and column to a multiple of the reduction, and cropped again.
    """
    height, width = picture.shape[:2]
    device = next(codec.parameters()).device
    restored, bits = codec(_padded_batch(codec, picture).to(device), torch.tensor([position], device=device))
    pixels = (restored[0, :, :height, :width].cpu() * 256).round().clamp(0, 255).permute(1, 2, 0)
    return pixels.byte().numpy(), float(bits.sum())


def _padded_batch(codec: Network, picture: Bytes) -> Tensor:
    reduction = codec.configuration.reduction
    padding = [(0, -side % reduction) for side in picture.shape[:2]]
    return to_batch([np.pad(picture, (*padding, (0, 0)), mode="edge")])


@torch.no_grad()
def real_latents(codec: Codec, picture: Bytes, position: float) -> npt.NDArray[np.float64]:
    """The latents of a picture [H, W, 3] in units of their steps before they are rounded, (channels, positions)."""
    device = next(codec.parameters()).device
    latents = codec.analysis(_padded_batch(codec, picture).to(device))
    latents = codec.steps.divide(latents, torch.tensor([position], device=device))
    return latents[0].flatten(1).double().cpu().numpy()


def rate_and_psnr(codec: Network, picture: Bytes, position: float) -> tuple[float, float]:
    """(bits per pixel by the entropy model, PSNR in dB of the 8-bit result) of one picture [H, W, 3]."""
    restored, bits = code_picture(codec, picture, position)
    error = float(np.square(restored.astype(np.float64) - picture).mean())
    return bits / (picture.shape[0] * picture.shape[1]), 10 * math.log10(255**2 / max(error, 1e-12))


@torch.no_grad()
def outliers(codec: Codec, picture: Bytes) -> dict[str, tuple[float, float]]:
    """(maximum of abs, maximum / deviation) of the input of every shift and adder array and convolution."""
    found: dict[str, tuple[float, float]] = {}

    def listen(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            peak = float(inputs[0].abs().max())
            found[name] = (peak, peak / max(float(inputs[0].std()), 1e-12))

        return module.register_forward_pre_hook(hook)

    kinds = (DeepShiftConv2d, AdderConv2d, nn.Conv2d)
    handles = [listen(name, module) for name, module in codec.named_modules() if isinstance(module, kinds)]
    rate_and_psnr(codec, picture, position_of_rate_weight(1024))
    for handle in handles:
        handle.remove()
    return found


FIGURE_RATE_WEIGHTS = (64.0, 256.0, 1024.0, 4096.0)
"""Where held-out figures are taken."""


@dataclass(frozen=True)
class HeldOut:
    """Means over pictures that were not trained on, of the averaged weights in a checkpoint, latents rounded, at one
    lambda; the loss is lambda * MSE + bpp."""

    rate_weight: float
    bits_per_pixel: float
    psnr: float
    loss: float


def held_out_figures(
    codec: Network, pictures: list[Bytes], rate_weights: Sequence[float] = FIGURE_RATE_WEIGHTS
) -> list[HeldOut]:
    """Figures of a codec over pictures [H, W, 3] at each lambda; none without pictures."""
    return [_figures(codec, pictures, rate_weight) for rate_weight in rate_weights if pictures]


def _figures(codec: Network, pictures: list[Bytes], rate_weight: float) -> HeldOut:
    position = position_of_rate_weight(rate_weight)
    figures = [rate_and_psnr(codec, picture, position) for picture in pictures]
    rate, psnr = (float(np.mean(column)) for column in zip(*figures, strict=True))
    loss = float(np.mean([rate_weight * 10 ** (-q / 10) + r for r, q in figures]))
    return HeldOut(rate_weight, rate, psnr, loss)


def outlier_lines(path: Path, picture: Bytes) -> list[str]:
    """`outliers` of a checkpoint as lines of text."""
    found = outliers(load_checkpoint(path), picture)
    return [f"{name}: max {peak:.2f}, max/deviation {ratio:.1f}" for name, (peak, ratio) in found.items()]
