"""Distortions of training: lambda weighs them against bits per pixel (arXiv 2206.11599, eq. 1)."""

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor
from torch.nn import functional

LOSSES = ("mse", "ms-ssim")
MS_SSIM_SMALLEST = 176
"""Four halvings of a smaller picture leave less than the 11x11 window."""


def distortion(loss: str, restored: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """(distortion, MSE) of pictures [B, 3, H, W] on pixels in [0, 1]; the distortion is the MSE or 1 - MS-SSIM.

    The MSE comes along in any case, for the log.
    """
    error = functional.mse_loss(restored, image)
    if loss == "mse":
        return error, error
    similarity = ms_ssim(restored, image, data_range=1.0)
    return torch.as_tensor(1 - similarity), error.detach()
