"""The adder kernels in plain torch: the fallback without numba, and for any other device or precision."""

import torch
from torch import Tensor
from torch.nn import functional

CHUNK_ELEMENTS = 1 << 24


def l1_product(columns: Tensor, weight: Tensor) -> Tensor:
    """y[p, o] = -sum_k abs(columns[p, k] - weight[o, k]); columns [P, K], weight [O, K], y [P, O]."""
    return -torch.cdist(columns, weight, p=1.0)


def clipped_gradient(gradient: Tensor, columns: Tensor, weight: Tensor) -> Tensor:
    """g_x[p, k] = sum_o gradient[p, o] * clip(weight[o, k] - columns[p, k], -1, 1)."""
    step = max(1, CHUNK_ELEMENTS // weight.numel())
    parts = [
        torch.einsum("po,pok->pk", g, (weight - x.unsqueeze(1)).clamp_(-1, 1))
        for g, x in zip(torch.split(gradient, step), torch.split(columns, step), strict=True)
    ]
    return torch.cat(parts)


def patches(image: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """Patches of a map: image [B, H, W, C] -> [B * H_out * W_out, kernel * kernel * C], zero padding included."""
    padded = functional.pad(image, (0, 0, padding, padding, padding, padding))
    windows = padded.unfold(1, kernel, stride).unfold(2, kernel, stride)
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel * kernel * image.shape[3])


def scatter_patches(
    columns: Tensor, batch: int, height: int, width: int, kernel: int, stride: int, padding: int
) -> Tensor:
    """The transpose of `patches`: sums [P, K] back into [B, H, W, C]."""
    channels = columns.shape[1] // (kernel * kernel)
    blocks = columns.reshape(batch, -1, kernel * kernel, channels).permute(0, 3, 2, 1)
    blocks = blocks.reshape(batch, channels * kernel * kernel, -1)
    image = functional.fold(blocks, (height, width), kernel, padding=padding, stride=stride)
    return image.permute(0, 2, 3, 1).contiguous()
