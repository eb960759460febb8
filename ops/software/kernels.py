"""Loops compiled for the processor's vector units (numba): products and absolute differences, summed over taps.

Written so that LLVM recognizes the instructions made for them: sums of absolute differences of bytes (psadbw) and sums
of products of 16-bit pairs (pmaddwd) on x86-64. Every sum is taken modulo 2**32 or 2**64: it is exact, in any order,
where the result is known to fit. Rows are best padded to a multiple of `UNROLLED` taps: what is left over is slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

UNROLLED = 64
"""Taps in one turn of the compiled loops: four registers of sixteen 32-bit sums."""

Function = TypeVar("Function", bound=Callable[..., Any])


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, boundscheck=False)(function))


@_compiled
def multiply(
    windows: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int16],
    bias: npt.NDArray[np.int32],
    result: npt.NDArray[np.int32],
) -> None:
    """result[p, m] = bias[m] + sum over t of windows[p, t] * weights[m, t], modulo 2**32."""
    for position in range(windows.shape[0]):
        for channel in range(weights.shape[0]):
            total = np.int32(0)
            for tap in range(windows.shape[1]):
                total = np.int32(total + np.int32(windows[position, tap]) * np.int32(weights[channel, tap]))
            result[position, channel] = total + bias[channel]


@_compiled
def multiply_wide(
    windows: npt.NDArray[np.int64],
    weights: npt.NDArray[np.int64],
    bias: npt.NDArray[np.int64],
    result: npt.NDArray[np.int64],
) -> None:
    """The same modulo 2**64."""
    for position in range(windows.shape[0]):
        for channel in range(weights.shape[0]):
            total = np.int64(0)
            for tap in range(windows.shape[1]):
                total += windows[position, tap] * weights[channel, tap]
            result[position, channel] = total + bias[channel]


@_compiled
def distances(
    windows: npt.NDArray[Any], weights: npt.NDArray[Any], bias: npt.NDArray[np.int32], result: npt.NDArray[np.int32]
) -> None:
    """result[p, m] = bias[m] - sum over t of abs(windows[p, t] - weights[m, t]), modulo 2**32; uint8 or int32."""
    for position in range(windows.shape[0]):
        for channel in range(weights.shape[0]):
            total = np.int32(0)
            for tap in range(windows.shape[1]):
                difference = np.int32(np.int32(windows[position, tap]) - np.int32(weights[channel, tap]))
                total = np.int32(total + abs(difference))
            result[position, channel] = bias[channel] - total
