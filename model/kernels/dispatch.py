"""Chooses the kernel: numba for float32 on the CPU where it is installed, plain torch for everything else."""

import torch
from torch import Tensor

from model.kernels import plain

try:
    from model.kernels import compiled
except ImportError:  # numba is an optional dependency of training
    compiled = None  # type: ignore[assignment]


def _is_compiled(tensor: Tensor) -> bool:
    return compiled is not None and tensor.dtype == torch.float32 and tensor.device.type == "cpu"


def l1_product(columns: Tensor, weight: Tensor) -> Tensor:
    """y[p, o] = -sum_k abs(columns[p, k] - weight[o, k]); columns [P, K], weight [O, K], y [P, O]."""
    if not _is_compiled(columns):
        return plain.l1_product(columns, weight)
    return torch.from_numpy(compiled.l1_product(columns.contiguous().numpy(), weight.contiguous().numpy()))


def clipped_gradient(gradient: Tensor, columns: Tensor, weight: Tensor) -> Tensor:
    """g_x[p, k] = sum_o gradient[p, o] * clip(weight[o, k] - columns[p, k], -1, 1)."""
    if not _is_compiled(columns):
        return plain.clipped_gradient(gradient, columns, weight)
    arrays = (tensor.contiguous().numpy() for tensor in (gradient, columns, weight))
    return torch.from_numpy(compiled.clipped_gradient(*arrays))


def patches(image: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """Patches of a map: image [B, H, W, C] -> [B * H_out * W_out, kernel * kernel * C], zero padding included."""
    if not _is_compiled(image):
        return plain.patches(image, kernel, stride, padding)
    return torch.from_numpy(compiled.patches(image.contiguous().numpy(), kernel, stride, padding))


def scatter_patches(
    columns: Tensor, batch: int, height: int, width: int, kernel: int, stride: int, padding: int
) -> Tensor:
    """The transpose of `patches`: sums [P, K] back into [B, H, W, C]."""
    if not _is_compiled(columns):
        return plain.scatter_patches(columns, batch, height, width, kernel, stride, padding)
    array = columns.contiguous().numpy()
    return torch.from_numpy(compiled.scatter_patches(array, batch, height, width, kernel, stride, padding))
