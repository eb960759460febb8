"""A static prior of the latents for training's rate: one K-Laplace mixture per channel (arXiv 2206.11599, eq. 5)."""

import math

import torch
from torch import Tensor, nn

LIKELIHOOD_MINIMUM = 1e-9


def laplace_distribution(value: Tensor) -> Tensor:
    """The cumulative distribution of the unit Laplace law."""
    tail = 0.5 * torch.exp(-value.abs())
    return torch.where(value < 0, tail, 1 - tail)


class MixturePrior(nn.Module):
    """Learned weights, means and scales of K Laplace laws for each of M channels; parameters are [M, K]."""

    def __init__(self, channels: int, components: int = 3) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(channels, components))
        self.means = nn.Parameter(torch.zeros(channels, components))
        steps = torch.linspace(-1.0, 1.5, components) if components > 1 else torch.zeros(1)
        self.log_scales = nn.Parameter(steps.repeat(channels, 1))

    def forward(self, latents: Tensor) -> Tensor:
        """Bits of every latent in a bin of width 1; [B, M, H, W] -> [B, M, H, W]."""
        shape = (1, self.means.shape[0], 1, 1, self.means.shape[1])
        rate = torch.exp(-self.log_scales.clamp(-4.0, 5.0)).view(shape)
        # both edges on the falling side: a difference of small tails keeps its digits
        distance = -(latents.unsqueeze(-1) - self.means.view(shape)).abs()
        mass = laplace_distribution((distance + 0.5) * rate) - laplace_distribution((distance - 0.5) * rate)
        likelihood = (mass * torch.softmax(self.logits, 1).view(shape)).sum(-1)
        return -likelihood.clamp(min=LIKELIHOOD_MINIMUM).log() / math.log(2.0)
