"""Primitives on narrow lanes: the same integers as the definitions, in the narrowest type that their bounds allow.

A map is an array (rows, columns, channels), in the order of the hardware's streams. Where a primitive's folder has a
`vector.py`, its `prepare` gives the faster twin of the definition, or None where the bounds or the machine forbid it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.primitive import Primitive
from ops.tensor import TensorType
from ops.windows import holding_dtype

Lanes = npt.NDArray[np.signedinteger[Any]]
"""A map of shape (rows, columns, channels)."""

Step = Callable[..., Lanes]
"""One primitive: inputs framed by the zeros that its window reaches beyond them; the result in its own lane type."""


def lane_type(kind: TensorType) -> type[np.signedinteger[Any]]:
    """The element type of a map of this kind: int16, int32 or int64."""
    return holding_dtype(kind.low, kind.high)


def prepare(operation: Primitive, inputs: tuple[TensorType, ...], output: TensorType) -> Step:
    """The fastest step that computes `operation` exactly on inputs of these types."""
    twin = operation.companion("vector")
    step: Step | None = twin.prepare(operation, inputs, output) if twin else None
    return step or by_definition(operation, output)


def by_definition(operation: Primitive, output: TensorType) -> Step:
    """The golden semantics of a primitive as a step."""
    window = operation.window

    def step(*framed: Lanes) -> Lanes:
        # evaluate pads by itself: a frame of whole strides shifts its window centres onto those of the picture
        shift = -(-window.before // window.stride)
        apron = shift * window.stride - window.before
        maps = [np.pad(x.transpose(2, 0, 1).astype(np.int64), ((0, 0), (apron, 0), (apron, 0))) for x in framed]
        result = operation.evaluate(*maps)
        rows, columns = (((side - window.size) // window.stride + 1) * window.growth for side in framed[0].shape[:2])
        part = result[:, shift : shift + rows, shift : shift + columns]
        return np.ascontiguousarray(part.transpose(1, 2, 0), dtype=lane_type(output))

    return step


def kernels() -> ModuleType | None:
    """The compiled loops, or None where numba is not installed, or finds no folder to cache what it compiled."""
    try:
        return importlib.import_module("ops.software.kernels")
    except (ImportError, RuntimeError):
        return None
