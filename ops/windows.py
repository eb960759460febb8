"""Sliding windows of the convolutions: odd square kernels, zero padding of kernel // 2, any stride."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ops.tensor import IntegerArray


def check_window(name: str, shape: tuple[int, ...], stride: int) -> None:
    """Raise ValueError unless `shape` ends in an odd square kernel and the stride is positive."""
    if shape[-1] != shape[-2] or shape[-1] % 2 == 0:
        raise ValueError(f"{name} kernel must be square and odd, not {shape[-2]}x{shape[-1]}")
    if stride < 1:
        raise ValueError(f"{name} stride must be at least 1, not {stride!r}")


def strided_size(height: int, width: int, stride: int) -> tuple[int, int]:
    """Size of the map of window centres: every `stride`-th row and column, beginning with the first."""
    return -(-height // stride), -(-width // stride)


def patches(image: IntegerArray, kernel: int, stride: int) -> npt.NDArray[np.int64]:
    """The windows of `image` (channels, height, width) as rows: (positions, channels * kernel * kernel)."""
    pad = kernel // 2
    padded = np.pad(image, ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]
    channels, height, width = windows.shape[:3]
    return windows.transpose(1, 2, 0, 3, 4).reshape(height * width, channels * kernel * kernel)


def holding_dtype(low: int, high: int) -> type[np.signedinteger[Any]]:
    """The narrowest of int16, int32 and int64 that holds `low` to `high`: narrow lanes are fast lanes."""
    for dtype in (np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    return np.int64
