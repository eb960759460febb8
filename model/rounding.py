"""What stands for rounding: uniform noise in training, whole numbers otherwise."""

import torch
from torch import Tensor

from model import distributed


def uniform_noise(values: Tensor) -> Tensor:
    """Noise in [-0.5, 0.5) shaped like values [B, ...].

    Each process draws it for the whole batch and keeps its own part, so that the number of processes changes nothing.
    """
    rank, size = distributed.rank(), distributed.size()
    batch = values.shape[0]
    noise = torch.rand((batch * size, *values.shape[1:]), dtype=values.dtype, device=values.device)
    return noise[rank * batch : (rank + 1) * batch] - 0.5


def quantize(values: Tensor, is_training: bool) -> Tensor:
    """Latents [B, C, H, W] with noise of width 1 (Balle et al., ICLR 2017, eq. 10), or rounded."""
    if is_training:
        return values + uniform_noise(values)
    return values.round()
