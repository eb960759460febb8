"""DepthToSpace on narrow lanes: in the stream's order, whole pixels move."""

from __future__ import annotations

from ops.depth_to_space import DepthToSpace
from ops.software.lanes import Lanes, Step
from ops.tensor import TensorType


def prepare(operation: DepthToSpace, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The step."""
    block = operation.block

    def step(x: Lanes) -> Lanes:
        rows, columns, _ = x.shape
        blocks = x.reshape(rows, columns, block, block, output.channels).transpose(0, 2, 1, 3, 4)
        return blocks.reshape(rows * block, columns * block, output.channels)

    return step
