"""SumPool2d on narrow lanes."""

from __future__ import annotations

import numpy as np

from ops.software.lanes import Lanes, Step, lane_type
from ops.sum_pool2d import SumPool2d
from ops.tensor import TensorType


def prepare(operation: SumPool2d, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The step."""
    kernel, lane = operation.kernel, lane_type(output)

    def step(x: Lanes) -> Lanes:
        rows, columns, channels = x.shape
        result = np.zeros((rows // kernel, columns // kernel, channels), lane)
        for tap in np.ndindex(kernel, kernel):
            result += x[tap[0] :: kernel, tap[1] :: kernel].astype(lane, copy=False)
        return result

    return step
