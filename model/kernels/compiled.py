"""Numba kernels of the adder layer; float32, one thread, written so that LLVM vectorizes the loop over taps."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Function = TypeVar("Function", bound=Callable[..., Any])


def _compile(function: Function) -> Function:
    return cast(Function, numba.njit(fastmath=True, cache=True, nogil=True)(function))


@_compile
def _pad_rows(rows: Any, multiple: int) -> Any:
    count = (rows.shape[0] + multiple - 1) // multiple * multiple
    padded = np.zeros((count, rows.shape[1]), dtype=np.float32)
    padded[: rows.shape[0]] = rows
    return padded


@_compile
def l1_product(columns: Floats, weight: Floats) -> Floats:
    """y[p, o] = -sum_k abs(columns[p, k] - weight[o, k]); columns [P, K], weight [O, K], y [P, O], C-contiguous."""
    positions, taps = columns.shape
    outputs = weight.shape[0]
    x = columns if positions % 4 == 0 else _pad_rows(columns, 4)
    w = weight if outputs % 4 == 0 else _pad_rows(weight, 4)
    y = np.empty((x.shape[0], w.shape[0]), dtype=np.float32)
    zero = np.float32(0.0)
    # 4 x 4 sums stay in registers: 8 loads serve 16 absolute differences, and no store needs an alias check
    for o in range(0, w.shape[0], 4):
        w0, w1, w2, w3 = w[o], w[o + 1], w[o + 2], w[o + 3]
        for p in range(0, x.shape[0], 4):
            x0, x1, x2, x3 = x[p], x[p + 1], x[p + 2], x[p + 3]
            s00 = s01 = s02 = s03 = zero
            s10 = s11 = s12 = s13 = zero
            s20 = s21 = s22 = s23 = zero
            s30 = s31 = s32 = s33 = zero
            for k in range(taps):
                a, b, c, d = x0[k], x1[k], x2[k], x3[k]
                e, f, g, h = w0[k], w1[k], w2[k], w3[k]
                s00 -= abs(a - e)
                s01 -= abs(a - f)
                s02 -= abs(a - g)
                s03 -= abs(a - h)
                s10 -= abs(b - e)
                s11 -= abs(b - f)
                s12 -= abs(b - g)
                s13 -= abs(b - h)
                s20 -= abs(c - e)
                s21 -= abs(c - f)
                s22 -= abs(c - g)
                s23 -= abs(c - h)
                s30 -= abs(d - e)
                s31 -= abs(d - f)
                s32 -= abs(d - g)
                s33 -= abs(d - h)
            y[p, o], y[p, o + 1], y[p, o + 2], y[p, o + 3] = s00, s01, s02, s03
            y[p + 1, o], y[p + 1, o + 1], y[p + 1, o + 2], y[p + 1, o + 3] = s10, s11, s12, s13
            y[p + 2, o], y[p + 2, o + 1], y[p + 2, o + 2], y[p + 2, o + 3] = s20, s21, s22, s23
            y[p + 3, o], y[p + 3, o + 1], y[p + 3, o + 2], y[p + 3, o + 3] = s30, s31, s32, s33
    return y[:positions, :outputs]


@_compile
def clipped_gradient(gradient: Floats, columns: Floats, weight: Floats) -> Floats:
    """g_x[p, k] = sum_o gradient[p, o] * clip(weight[o, k] - columns[p, k], -1, 1); shapes as in `l1_product`."""
    positions, taps = columns.shape
    outputs = weight.shape[0]
    w = weight if outputs % 8 == 0 else _pad_rows(weight, 8)
    result = np.zeros((positions, taps), dtype=np.float32)
    low, high = np.float32(-1.0), np.float32(1.0)
    g = np.zeros((positions, w.shape[0]), dtype=np.float32)
    g[:, :outputs] = gradient
    for o in range(0, w.shape[0], 8):
        w0, w1, w2, w3 = w[o], w[o + 1], w[o + 2], w[o + 3]
        w4, w5, w6, w7 = w[o + 4], w[o + 5], w[o + 6], w[o + 7]
        for p in range(positions):
            x, r = columns[p], result[p]
            g0, g1, g2, g3 = g[p, o], g[p, o + 1], g[p, o + 2], g[p, o + 3]
            g4, g5, g6, g7 = g[p, o + 4], g[p, o + 5], g[p, o + 6], g[p, o + 7]
            for k in range(taps):
                v = x[k]
                s = g0 * min(max(w0[k] - v, low), high) + g1 * min(max(w1[k] - v, low), high)
                t = g2 * min(max(w2[k] - v, low), high) + g3 * min(max(w3[k] - v, low), high)
                s += g4 * min(max(w4[k] - v, low), high) + g5 * min(max(w5[k] - v, low), high)
                t += g6 * min(max(w6[k] - v, low), high) + g7 * min(max(w7[k] - v, low), high)
                r[k] += s + t
    return result


@_compile
def patches(image: Floats, kernel: int, stride: int, padding: int) -> Floats:
    """Patches of a map: image [B, H, W, C] -> [B * H_out * W_out, kernel * kernel * C], zero padding included."""
    batch, height, width, channels = image.shape
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    result = np.zeros((batch * rows * columns, kernel * kernel * channels), dtype=np.float32)
    for b in range(batch):
        for i in range(rows):
            for j in range(columns):
                out = result[(b * rows + i) * columns + j]
                first = max(0, padding - j * stride)
                last = min(kernel, width + padding - j * stride)
                for u in range(kernel):
                    y = i * stride + u - padding
                    if y < 0 or y >= height:
                        continue
                    for v in range(first, last):
                        start = (u * kernel + v) * channels
                        source = image[b, y, j * stride + v - padding]
                        for c in range(channels):
                            out[start + c] = source[c]
    return result


@_compile
def scatter_patches(
    columns: Floats, batch: int, height: int, width: int, kernel: int, stride: int, padding: int
) -> Floats:
    """The transpose of `patches`: sums [P, K] back into [B, H, W, C]."""
    channels = columns.shape[1] // (kernel * kernel)
    rows = (height + 2 * padding - kernel) // stride + 1
    across = (width + 2 * padding - kernel) // stride + 1
    result = np.zeros((batch, height, width, channels), dtype=np.float32)
    for b in range(batch):
        for i in range(rows):
            for j in range(across):
                source = columns[(b * rows + i) * across + j]
                first = max(0, padding - j * stride)
                last = min(kernel, width + padding - j * stride)
                for u in range(kernel):
                    y = i * stride + u - padding
                    if y < 0 or y >= height:
                        continue
                    for v in range(first, last):
                        start = (u * kernel + v) * channels
                        out = result[b, y, j * stride + v - padding]
                        for c in range(channels):
                            out[c] += source[start + c]
    return result
