"""Add on narrow lanes."""

from __future__ import annotations

from ops.add import Add
from ops.software.lanes import Lanes, Step, lane_type
from ops.tensor import TensorType


def prepare(operation: Add, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The step: modulo the lane's size, which the sum fits."""
    lane = lane_type(output)

    def step(a: Lanes, b: Lanes) -> Lanes:
        return (a.astype(lane, copy=False) << operation.shift_a) + (b.astype(lane, copy=False) << operation.shift_b)

    return step
