"""InverseGdnNormalize on the processor's own square root."""

from __future__ import annotations

from ops.inverse_gdn_normalize import InverseGdnNormalize
from ops.software.lanes import Lanes, Step, lane_type
from ops.square_root import MAX_EXACT, floating_square_root
from ops.tensor import TensorType


def prepare(operation: InverseGdnNormalize, inputs: tuple[TensorType, ...], output: TensorType) -> Step | None:
    """The step, or None where a norm may leave 52 bits."""
    if inputs[1].high >= MAX_EXACT:
        return None
    lane = lane_type(output)

    def step(x: Lanes, norm: Lanes) -> Lanes:
        return x.astype(lane, copy=False) * floating_square_root(norm).astype(lane)

    return step
