"""Figures of merit: of one decoded picture, and of one rate-distortion curve beside another."""

from evaluation.metrics.bd_rate import NEEDED_POINTS, BdRate, BdRateError, bd_rate
from evaluation.metrics.ms_ssim import SMALLEST_SIDE, ms_ssim
from evaluation.metrics.quality import Quality, mean_error_psnr, quality, to_decibels

__all__ = [
    "NEEDED_POINTS",
    "SMALLEST_SIDE",
    "BdRate",
    "BdRateError",
    "Quality",
    "bd_rate",
    "mean_error_psnr",
    "ms_ssim",
    "quality",
    "to_decibels",
]
