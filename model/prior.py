"""A static prior of the latents: one mixture of K laws for each channel (arXiv 2206.11599, eq. 5)."""

import torch
from torch import Tensor, nn

from model.mixture import first_log_scales, mixture_bits


class MixturePrior(nn.Module):
    """Learned weights, means and scales of K laws for each of M channels; parameters are [M, K]."""

    def __init__(self, channels: int, components: int = 3, mixture: str = "laplace") -> None:
        super().__init__()
        self.mixture = mixture
        self.logits = nn.Parameter(torch.zeros(channels, components))
        self.means = nn.Parameter(torch.zeros(channels, components))
        self.log_scales = nn.Parameter(first_log_scales(components).repeat(channels, 1))

    def forward(self, latents: Tensor) -> Tensor:
        """Bits of every latent in a bin of width 1; [B, M, H, W] -> [B, M, H, W]."""
        shape = (1, self.means.shape[0], 1, 1, self.means.shape[1])
        logits, means, scales = self.logits.view(shape), self.means.view(shape), self.log_scales.view(shape)
        return mixture_bits(latents, logits, means, scales, self.mixture)

    def picture_bits(self, latents: Tensor) -> Tensor:
        """Bits of each picture, [B]."""
        bits: Tensor = self(latents)
        return bits.sum((1, 2, 3))
