"""L1Conv2d on vector units: bytes where inputs and weights span at most 256 values, 32 bits otherwise."""

from __future__ import annotations

import numpy as np

from ops.l1_conv2d import L1Conv2d
from ops.software.lanes import Lanes, Step, kernels, lane_type
from ops.software.sliding import slide, taps_last
from ops.tensor import TensorType


def prepare(operation: L1Conv2d, inputs: tuple[TensorType, ...], output: TensorType) -> Step | None:
    """The step, or None without numba or where a distance may leave 32 bits."""
    compiled, (x,) = kernels(), inputs
    low = min(x.low << operation.lift, 0, int(operation.weight.min()))
    high = max(x.high << operation.lift, 0, int(operation.weight.max()))
    limit = int(np.iinfo(np.int32).max)
    if compiled is None or max(-output.low, output.high, high - low) > limit:
        return None
    # a common offset leaves every difference as it is
    dtype, offset = (np.uint8, low) if high - low <= 255 else (np.int32, 0)
    weights = taps_last(operation.weight.astype(np.int64) - offset, dtype, compiled.UNROLLED)
    bias = operation.bias.astype(np.int32)  # modulo 2**32, as the sums are
    window, lane = operation.window, lane_type(output)

    def step(framed: Lanes) -> Lanes:
        wide: Lanes = framed if dtype == np.uint8 else framed.astype(np.int32)  # bytes: modulo 256
        lifted = (wide << operation.lift) - wide.dtype.type(offset)
        return slide(lifted.astype(dtype), window, weights, bias, compiled.distances, lane)

    return step
