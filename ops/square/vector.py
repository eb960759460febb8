"""Square on narrow lanes."""

from __future__ import annotations

from ops.software.lanes import Lanes, Step, lane_type
from ops.square import Square
from ops.tensor import TensorType


def prepare(operation: Square, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The step."""
    lane = lane_type(output)

    def step(x: Lanes) -> Lanes:
        wide = x.astype(lane, copy=False)
        return wide * wide

    return step
