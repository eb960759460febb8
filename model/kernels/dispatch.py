"""Chooses the kernels: for float32 numba on the CPU and Triton on CUDA, where installed; plain torch otherwise."""

from collections.abc import Callable
from types import ModuleType

from torch import Tensor, float32

from model.kernels import plain

try:
    from model.kernels import compiled
except (ImportError, RuntimeError):  # numba is optional, and stops where no folder for its cache can be written
    compiled = None  # type: ignore[assignment]

try:
    from model.kernels import fused
except ImportError:  # Triton comes with torch's CUDA wheels only
    fused = None  # type: ignore[assignment]


def _kernels(image: Tensor) -> ModuleType:
    if image.dtype != float32:
        return plain
    if image.is_cuda:
        return fused or plain
    return (compiled if image.device.type == "cpu" else None) or plain


def forward(image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """y = -sum over taps of abs(x - w), zero padding included.

    image [B, H, W, C], weight [O, k, k, C], y [B, H_out, W_out, O].
    """
    result: Tensor = _kernels(image).forward(image, weight, stride, padding)
    return result


def gradients(
    gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int, image_needed: bool
) -> tuple[Tensor | None, Tensor]:
    """Gradients by the image (None if not needed) and by the weight as AdderNet (CVPR 2020) defines them.

    By the weight (eq. 5), the full-precision x - w in place of its sign; by the image (eq. 6), clip(w - x, -1, 1).
    gradient [B, H_out, W_out, O] is the upstream one; the results have the shapes of image and weight.
    """
    run: Callable[..., tuple[Tensor | None, Tensor]] = _kernels(image).gradients
    return run(gradient, image, weight, stride, padding, image_needed)
