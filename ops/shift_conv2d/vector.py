"""ShiftConv2d on vector units: an integer matrix product, of 16-bit numbers where the bounds allow it."""

from __future__ import annotations

import numpy as np

from ops.shift_conv2d import ShiftConv2d
from ops.software.lanes import Lanes, Step, kernels, lane_type
from ops.software.sliding import slide, taps_last
from ops.tensor import TensorType
from ops.windows import holding_dtype


def prepare(operation: ShiftConv2d, inputs: tuple[TensorType, ...], output: TensorType) -> Step | None:
    """The step, or None without numba.

    Inputs that span at most 2**16 values are moved into 16 bits, and the bias makes up for it. Sums of products are
    taken modulo 2**32 where the result fits 32 bits, and so are exact whatever is summed first.
    """
    compiled, (x,) = kernels(), inputs
    if compiled is None:
        return None
    weights = operation.weights()
    low, high = min(x.low, 0), max(x.high, 0)
    is_narrow = (
        high - low < 1 << 16
        and holding_dtype(int(weights.min()), int(weights.max())) is np.int16
        and lane_type(output) is not np.int64
    )
    offset = low + (1 << 15) if is_narrow and holding_dtype(low, high) is not np.int16 else 0
    word, sums, multiply = (
        (np.int16, np.int32, compiled.multiply) if is_narrow else (np.int64, np.int64, compiled.multiply_wide)
    )
    bias = (operation.bias + offset * weights.sum(axis=(1, 2, 3))).astype(sums)
    rows = taps_last(weights, word, compiled.UNROLLED)
    window, lane = operation.window, lane_type(output)

    def step(framed: Lanes) -> Lanes:
        moved = framed - framed.dtype.type(offset) if offset else framed
        return slide(moved.astype(word, copy=False), window, rows, bias, multiply, lane)

    return step
