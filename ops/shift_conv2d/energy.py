"""What is published of the energy of shift layers, and of the convolutions whose weights are several powers of two."""

from __future__ import annotations

import numpy as np

from ops.costs.energy import ADD_32, FLOAT_ADD, FLOAT_MULTIPLY, SHIFT_32, Priced
from ops.counting import Operation
from ops.shift_conv2d import ShiftConv2d


def published(operation: ShiftConv2d, has_multipliers: bool) -> tuple[Priced, ...]:
    """For every tap a shift and an addition in 32-bit integers; with multipliers a product and a sum in floats."""
    taps = int(np.prod(operation.terms.shape[1:]))
    add = Operation("add", taps, 32)
    if has_multipliers:
        return (Operation("multiply", taps, 32, factor_width=32), FLOAT_MULTIPLY), (add, FLOAT_ADD)
    return (Operation("shift", taps, 32), SHIFT_32), (add, ADD_32)


def avoids_multipliers(operation: ShiftConv2d) -> bool:
    """Where its weights are single powers of two, unless each result depends on one number alone: a mere scaling."""
    taps = np.count_nonzero(operation.weights().reshape(operation.terms.shape[1], -1), axis=1)
    return len(operation.terms) == 1 and int(taps.max()) > 1
