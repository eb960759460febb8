"""How good a decoded picture is and how many bits it took."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pytorch_msssim import ms_ssim

from host import psnr
from host.pictures import Picture

SMALLEST_SIDE = 161
"""MS-SSIM halves a picture four times and then needs a window of 11 pixels."""


@dataclass(frozen=True)
class Quality:
    """bits per pixel, PSNR in dB over RGB, MS-SSIM (None for pictures too small for its five scales)."""

    bits_per_pixel: float
    psnr: float
    ms_ssim: float | None

    def __str__(self) -> str:
        similarity = "" if self.ms_ssim is None else f", MS-SSIM {self.ms_ssim:.4f}"
        return f"{self.bits_per_pixel:.3f} bpp, PSNR {self.psnr:.2f} dB{similarity}"


def quality(original: Picture, decoded: Picture, file_size: int) -> Quality:
    """The figures of a file of `file_size` bytes that decodes to `decoded`; pictures are (3, height, width)."""
    height, width = original.shape[1:]
    similarity = None
    if min(height, width) >= SMALLEST_SIDE:
        a, b = (torch.from_numpy(picture.copy())[None].float() for picture in (original, decoded))
        similarity = float(ms_ssim(a, b, data_range=255))
    return Quality(8 * file_size / (height * width), psnr(original, decoded), similarity)
