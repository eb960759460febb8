"""Figures of a float checkpoint: rate, distortion, and the outliers that 8-bit maps will have to bear."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.adder import AdderConv2d
from model.checkpoint import load_checkpoint
from model.codec import Codec
from model.data import Bytes, to_batch
from model.shift import ShiftConv2d


@torch.no_grad()
def rate_and_psnr(codec: Codec, picture: Bytes) -> tuple[float, float]:
    """(bits per pixel by the static prior, PSNR in dB of the 8-bit result) of one picture [H, W, 3].

    The sides are padded with their last row and column to a multiple of the reduction, and cropped again.
    """
    height, width = picture.shape[:2]
    reduction = codec.configuration.reduction
    padding = ((0, -height % reduction), (0, -width % reduction), (0, 0))
    restored, bits = codec(to_batch([np.pad(picture, padding, mode="edge")]))
    pixels = (restored[0, :, :height, :width] * 256).round().clamp(0, 255).permute(1, 2, 0).double()
    error = float((pixels - torch.from_numpy(picture.copy()).double()).square().mean())
    return float(bits.sum()) / (height * width), 10 * math.log10(255**2 / max(error, 1e-12))


@torch.no_grad()
def outliers(codec: Codec, picture: Bytes) -> dict[str, tuple[float, float]]:
    """(maximum of abs, maximum / deviation) of the input of every shift and adder array and convolution."""
    found: dict[str, tuple[float, float]] = {}

    def listen(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            peak = float(inputs[0].abs().max())
            found[name] = (peak, peak / max(float(inputs[0].std()), 1e-12))

        return module.register_forward_pre_hook(hook)

    kinds = (ShiftConv2d, AdderConv2d, nn.Conv2d)
    handles = [listen(name, module) for name, module in codec.named_modules() if isinstance(module, kinds)]
    rate_and_psnr(codec, picture)
    for handle in handles:
        handle.remove()
    return found


def held_out_figures(path: Path, pictures: list[Bytes], rate_weight: float) -> str:
    """Lines with the mean rate, PSNR and loss over pictures, and the outliers on the first of them."""
    if not pictures:
        return "no pictures held out"
    codec = load_checkpoint(path)
    figures = [rate_and_psnr(codec, picture) for picture in pictures]
    rate, psnr = (float(np.mean(column)) for column in zip(*figures, strict=True))
    loss = float(np.mean([rate_weight * 10 ** (-q / 10) + r for r, q in figures]))
    lines = [f"held out: {len(figures)} pictures, bpp {rate:.4f}, PSNR {psnr:.2f} dB, loss {loss:.4f}"]
    for name, (peak, ratio) in outliers(codec, pictures[0]).items():
        lines.append(f"  {name}: max {peak:.2f}, max/deviation {ratio:.1f}")
    return "\n".join(lines)
