"""Requant on narrow lanes."""

from __future__ import annotations

import numpy as np

from ops.requant import Requant
from ops.software.lanes import Lanes, Step, lane_type
from ops.tensor import TensorType
from ops.windows import holding_dtype


def prepare(operation: Requant, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The step, in lanes that hold the input, its rounding and its left shift."""
    (x,), shift = inputs, operation.shift
    half = 1 << shift >> 1 if shift > 0 else 0
    left = max(-shift, 0)
    wide = holding_dtype(min(x.low << left, output.low), max((x.high << left) + half, output.high))
    lane = lane_type(output)

    def step(x: Lanes) -> Lanes:
        rounded = x.astype(wide)
        if shift > 0:
            rounded += wide(half)
            rounded >>= wide(shift)
        elif left:
            rounded <<= wide(left)
        return np.clip(rounded, wide(output.low), wide(output.high), out=rounded).astype(lane, copy=False)

    return step
