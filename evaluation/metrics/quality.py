"""How good a decoded picture is and how many bits it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, inf, log10

from evaluation.metrics.ms_ssim import SMALLEST_SIDE, ms_ssim
from host import psnr
from host.pictures import Picture


@dataclass(frozen=True)
class Quality:
    """bits per pixel, PSNR in dB over RGB, MS-SSIM (None for pictures too small for its five scales)."""

    bits_per_pixel: float
    psnr: float
    ms_ssim: float | None

    def __str__(self) -> str:
        similarity = "" if self.ms_ssim is None else f", MS-SSIM {self.ms_ssim:.4f}"
        return f"{self.bits_per_pixel:.3f} bpp, PSNR {self.psnr:.2f} dB{similarity}"


def quality(original: Picture, decoded: Picture, file_size: float) -> Quality:
    """The figures of a file of `file_size` bytes that decodes to `decoded`; pictures are (3, height, width)."""
    height, width = original.shape[1:]
    similarity = ms_ssim(original, decoded) if min(height, width) >= SMALLEST_SIDE else None
    return Quality(8 * file_size / (height * width), psnr(original, decoded), similarity)


def mean_error_psnr(psnrs: Sequence[float]) -> float:
    """PSNR in dB of the mean squared error of pictures that have these PSNRs: one lossless picture, whose PSNR is
    infinite, leaves it finite."""
    error = fsum(10 ** (-psnr / 10) for psnr in psnrs) / len(psnrs)
    return -10 * log10(error) if error else inf


def to_decibels(similarity: float) -> float:
    """An MS-SSIM of 0 to 1 in dB, -10 log10(1 - MS-SSIM); infinite for equal pictures."""
    return -10 * log10(1 - similarity) if similarity < 1 else inf
