"""Distortions of training: lambda weighs them against bits per pixel (arXiv 2206.11599, eq. 1)."""

from collections.abc import Sequence

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor

from model import distributed
from model.qualities import rate_weights

LOSSES = ("mse", "ms-ssim")
MS_SSIM_SMALLEST = 176
"""Four halvings of a smaller picture leave less than the 11x11 window."""


def draw_positions(count: int, span: Sequence[float]) -> Tensor:
    """Positions [count] among the anchors for the pictures of a step, one in each of as many equal parts of the span,
    so that no step is without high or low rates. Each process keeps its own part of those of the whole batch."""
    rank, size = distributed.rank(), distributed.size()
    low, high = span
    shares = (torch.arange(count * size) + torch.rand(count * size)) / (count * size)
    return low + (high - low) * shares[rank * count : (rank + 1) * count]


USUAL_EXPONENT = 0.53
"""With which power of lambda the loss of a codec grows."""


def balanced(losses: Tensor, positions: Tensor, balance: float) -> Tensor:
    """Logarithms of losses [B], weighted by their lambda's usual loss to the power of 1 - balance (1 at lambda 1024).

    A per cent of every picture counts alike at one lambda: otherwise drawn pictures, whose losses at high rates are ten
    times those of photographs, would decide what photographs are coded with.
    """
    weights = (rate_weights(positions) / 1024).pow(USUAL_EXPONENT * (1 - balance))
    return losses.clamp(min=1e-3).log() * weights


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
