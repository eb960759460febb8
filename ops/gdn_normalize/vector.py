"""GdnNormalize on the processor's own square root and division."""

from __future__ import annotations

import numpy as np

from ops.gdn_normalize import GdnNormalize
from ops.software.lanes import Lanes, Step, lane_type
from ops.square_root import MAX_EXACT, floating_square_root
from ops.tensor import TensorType


def prepare(operation: GdnNormalize, inputs: tuple[TensorType, ...], output: TensorType) -> Step | None:
    """The step, or None where a dividend or a norm may leave 52 bits.

    The quotient of two whole numbers lies at least 1 / divisor below the next whole number, more than half a unit of
    float64 while the dividend is below 2**52: rounding never reaches it, and truncation gives the integer quotient.
    """
    x, norm = inputs
    if max(abs(x.low), abs(x.high)) << operation.shift >= MAX_EXACT or norm.high >= MAX_EXACT:
        return None
    factor, lane = float(1 << operation.shift), lane_type(output)

    def step(x: Lanes, norm: Lanes) -> Lanes:
        root = floating_square_root(norm)
        return (np.multiply(x, factor) / np.maximum(root, 1.0, out=root)).astype(lane)

    return step
