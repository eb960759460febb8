"""What is published of the energy of adder layers."""

from __future__ import annotations

from ops.costs.energy import FLOAT_ADD, Priced
from ops.counting import Operation
from ops.l1_conv2d import L1Conv2d


def published(operation: L1Conv2d, has_multipliers: bool) -> tuple[Priced, ...]:
    """A difference and an addition in 32-bit floats for every tap."""
    taps = operation.weight.size
    return (
        (Operation("absolute difference", taps, 32), FLOAT_ADD),
        (Operation("add", taps, 32), FLOAT_ADD),
    )


def avoids_multipliers(operation: L1Conv2d) -> bool:
    """Always: that is what adder layers are for."""
    return True
