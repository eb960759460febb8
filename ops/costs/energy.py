"""What operations spend: published costs of arithmetic at 45 nm, in pJ.

Horowitz, "Computing's energy problem", ISSCC 2014; the shift, which is not among them: You et al., ShiftAddNet, NeurIPS
2020. Arithmetic alone is counted: no memory, no control, no wires.

What an operation is made of on its own hardware, `Primitive.operations` says. `energy.py` of a primitive's folder says
what a publication counts of it (`published`), and whether it shows that a network was made for hardware without
multipliers (`avoids_multipliers`); without the file, nothing and no.
"""

from __future__ import annotations

from ops.counting import UNKNOWN, Operation
from ops.primitive import Primitive

FLOAT_ADD, FLOAT_MULTIPLY = 0.9, 3.7
"""32 bits."""

ADD_8, ADD_32, MULTIPLY_8, MULTIPLY_32, SHIFT_32 = 0.03, 0.1, 0.2, 3.1, 0.13
"""Integer operations of 8 or 32 bits."""

Priced = tuple[Operation, float]
"""Operations, and what one of them spends."""


def add_energy(width: int) -> float:
    """pJ of an addition of `width` bits: on the line through the published ones."""
    return ADD_8 + (width - 8) * (ADD_32 - ADD_8) / 24


def shift_energy(width: int) -> float:
    """pJ of a shift of `width` bits: proportional to the published one."""
    return SHIFT_32 * width / 32


def multiply_energy(width: int, factor_width: int) -> float:
    """pJ of a multiplication: on the line through the published ones over the product of the widths."""
    return MULTIPLY_8 + (width * factor_width - 8 * 8) * (MULTIPLY_32 - MULTIPLY_8) / (32 * 32 - 8 * 8)


def operation_energy(operation: Operation) -> float:
    """pJ of one integer operation; 0 where nothing is known of it."""
    if operation.kind == UNKNOWN:
        return 0.0
    if operation.kind == "multiply":
        return operation.steps * multiply_energy(operation.width, operation.factor_width)
    return operation.steps * (shift_energy if operation.kind == "shift" else add_energy)(operation.width)


def published(operation: Primitive, has_multipliers: bool) -> tuple[Priced, ...]:
    """What arXiv 2206.11599 counts of an operation for one output pixel, on hardware with multipliers or without."""
    energy = operation.companion("energy")
    counted: tuple[Priced, ...] = energy.published(operation, has_multipliers) if energy else ()
    return counted


def avoids_multipliers(operation: Primitive) -> bool:
    """Whether an operation shows that its network was made for hardware without multipliers."""
    energy = operation.companion("energy")
    return bool(energy and energy.avoids_multipliers(operation))
