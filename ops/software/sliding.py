"""Convolutions as sums over rows of taps: the windows of a framed map, one row of the picture at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.software.lanes import Lanes
from ops.windows import Window

Kernel = Callable[..., None]
"""kernel(windows [positions, taps], weights [outputs, taps], bias [outputs], result [positions, outputs])."""


def taps_last(weights: npt.NDArray[Any], dtype: npt.DTypeLike, multiple: int) -> npt.NDArray[Any]:
    """Filters (outputs, inputs, kernel, kernel) as rows of taps in the order of channels-last windows.

    Zeros fill each row up to a multiple of `multiple` taps.
    """
    rows = weights.transpose(0, 2, 3, 1).reshape(len(weights), -1).astype(dtype)
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % multiple)))


def slide(
    framed: npt.NDArray[Any],
    window: Window,
    weights: npt.NDArray[Any],
    bias: npt.NDArray[Any],
    kernel: Kernel,
    dtype: npt.DTypeLike,
) -> Lanes:
    """The kernel over all windows of a framed map (rows, columns, channels); accumulators have the bias' type."""
    size, stride, channels = window.size, window.stride, framed.shape[2]
    view = np.lib.stride_tricks.sliding_window_view(framed, (size, size), axis=(0, 1))[::stride, ::stride]
    view = view.transpose(0, 1, 3, 4, 2)
    rows, columns = view.shape[:2]
    windows = np.zeros((columns, weights.shape[1]), weights.dtype)
    taps = windows[:, : size * size * channels].reshape(columns, size, size, channels)
    sums = np.empty((columns, len(weights)), bias.dtype)
    result = np.empty((rows, *sums.shape), dtype)
    for row in range(rows):
        taps[...] = view[row]
        kernel(windows, weights, bias, sums)
        result[row] = sums
    return result
