"""Distortions of training: lambda weighs them against bits per pixel (arXiv 2206.11599, eq. 1)."""

from collections.abc import Sequence

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor

from model import distributed

LOSSES = ("mse", "ms-ssim")
MS_SSIM_SMALLEST = 176
"""Four halvings of a smaller picture leave less than the 11x11 window."""


def draw_positions(count: int, span: Sequence[float]) -> Tensor:
    """Positions [count] among the anchors for the pictures of a step, one in each of as many equal parts of the span,
    so that no step is without high or low rates. Each process keeps its own part of those of the whole batch."""
    rank, size = distributed.rank(), distributed.size()
    low, high = span
    shares = (torch.arange(count * size) + torch.rand(count * size)) / (count * size)
    return low + (high - low) * shares[rank::size]


def balanced(losses: Tensor, balance: float) -> Tensor:
    """Losses [B] whose gradients are divided by this power of the loss itself: at 0 high rates and hard pictures
    decide, at 1 a per cent of every picture counts alike."""
    return losses * losses.detach().clamp(min=1e-3).pow(-balance)


def distortion(loss: str, restored: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """(distortion, MSE) of each of pictures [B, 3, H, W] on pixels in [0, 1], [B]; the distortion is the MSE or
    1 - MS-SSIM.

    The MSE comes along in any case, for the log.
    """
    error = (restored - image).square().mean((1, 2, 3))
    if loss == "mse":
        return error, error
    similarity = ms_ssim(restored, image, data_range=1.0, size_average=False)
    return torch.as_tensor(1 - similarity), error.detach()
