"""A static prior of the latents: a mixture of K distributions for each channel and quality (arXiv 2206.11599)."""

import torch
from torch import Tensor, nn

from model.mixture import first_log_scales, mixture_bits
from model.qualities import ANCHORS, interpolated


class MixturePrior(nn.Module):
    """Learned weights, means and scales of K distributions for each of M channels; parameters are [ANCHORS, M, K]."""

    def __init__(self, channels: int, components: int = 3, mixture: str = "laplace") -> None:
        super().__init__()
        self.mixture = mixture
        self.logits = nn.Parameter(torch.zeros(ANCHORS, channels, components))
        self.means = nn.Parameter(torch.zeros(ANCHORS, channels, components))
        self.log_scales = nn.Parameter(first_log_scales(components).repeat(ANCHORS, channels, 1))

    def forward(self, symbols: Tensor, noisy: Tensor, positions: Tensor) -> Tensor:
        """Bits of each picture, [B], of latents [B, M, H, W] in bins of width 1: of noisy ones, which whole numbers
        `symbols` are where there is no noise."""
        distributions = (self.logits, self.means, self.log_scales)
        logits, means, log_scales = (
            interpolated(distribution, positions)[:, :, None, None, :] for distribution in distributions
        )
        return mixture_bits(noisy, logits, means, log_scales, self.mixture).sum((1, 2, 3))
