"""Quantization steps of the latents, one for each channel and quality: the transforms know nothing of quality."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.qualities import ANCHORS, interpolated, rate_weights

UNIT_RATE_WEIGHT = 1024.0
"""lambda at which steps begin at 1."""


class LearnedSteps(nn.Module):
    """Divides latents [B, M, H, W] by steps before they are rounded, and multiplies the whole numbers by nearly the
    same steps for the synthesis, whose centroids lie nearer to zero.

    Parameters [ANCHORS, M] are logarithms to base 2, interpolated at the position of each picture's quality. They
    begin at high-rate theory's: the steps fall with the root of lambda (the distortion is step^2 / 12).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        first = -0.5 * torch.log2(rate_weights(torch.arange(ANCHORS)) / UNIT_RATE_WEIGHT)
        self.step_logs = nn.Parameter(first[:, None].repeat(1, channels))
        self.restored_logs = nn.Parameter(first[:, None].repeat(1, channels))

    def divide(self, latents: Tensor, positions: Tensor) -> Tensor:
        """Latents in units of their steps at positions [B]."""
        return latents * torch.exp2(-interpolated(self.step_logs, positions))[:, :, None, None]

    def multiply(self, symbols: Tensor, positions: Tensor) -> Tensor:
        """What the synthesis gets for whole numbers (or noisy ones) at positions [B]."""
        return symbols * torch.exp2(interpolated(self.restored_logs, positions))[:, :, None, None]
