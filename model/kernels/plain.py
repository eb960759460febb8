"""The adder kernels in plain torch: the fallback without numba or Triton, and for any other precision."""

import torch
from torch import Tensor
from torch.nn import functional

CHUNK_ELEMENTS = 1 << 24
"""Differences that are held at a time."""


def _patches(image: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """[B, H, W, C] -> [B * H_out * W_out, kernel * kernel * C], zero padding included."""
    padded = functional.pad(image, (0, 0, padding, padding, padding, padding))
    windows = padded.unfold(1, kernel, stride).unfold(2, kernel, stride)
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel * kernel * image.shape[3])


def _scatter(columns: Tensor, image: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """The transpose of `_patches`: sums [P, K] back into the shape of the image."""
    batch, height, width, channels = image.shape
    blocks = columns.reshape(batch, -1, kernel * kernel, channels).permute(0, 3, 2, 1)
    blocks = blocks.reshape(batch, channels * kernel * kernel, -1)
    result = functional.fold(blocks, (height, width), kernel, padding=padding, stride=stride)
    return result.permute(0, 2, 3, 1)


def _clipped(gradient: Tensor, columns: Tensor, flat: Tensor) -> Tensor:
    """g_x[p, k] = sum_o gradient[p, o] * clip(flat[o, k] - columns[p, k], -1, 1)."""
    step = max(1, CHUNK_ELEMENTS // flat.numel())
    parts = [
        torch.einsum("po,pok->pk", g, (flat - x.unsqueeze(1)).clamp_(-1, 1))
        for g, x in zip(torch.split(gradient, step), torch.split(columns, step), strict=True)
    ]
    return torch.cat(parts)


def forward(image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """See `dispatch.forward`."""
    kernel = weight.shape[1]
    result = -torch.cdist(_patches(image, kernel, stride, padding), weight.flatten(1), p=1.0)
    rows = (image.shape[1] + 2 * padding - kernel) // stride + 1
    return result.view(image.shape[0], rows, -1, weight.shape[0])


def gradients(
    gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int, image_needed: bool
) -> tuple[Tensor | None, Tensor]:
    """See `dispatch.gradients`."""
    outputs, kernel = weight.shape[:2]
    columns, flat, upstream = _patches(image, kernel, stride, padding), weight.flatten(1), gradient.reshape(-1, outputs)
    by_weight = (upstream.t() @ columns - upstream.sum(0).unsqueeze(1) * flat).view_as(weight)
    if not image_needed:
        return None, by_weight
    return _scatter(_clipped(upstream, columns, flat), image, kernel, stride, padding), by_weight
