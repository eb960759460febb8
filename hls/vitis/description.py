"""What a layer of the HLS project is described by: its class, its streams and its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hls.vitis.cpp import Geometry, operation_fields
from ops import Primitive, TensorType

DEFAULT_DEPTH = 2
"""Beats in a FIFO that no reconvergent branch waits on."""

INPUT_LAYER, FORK_LAYER, LANES_LAYER, WINDOWS_LAYER = "SapmInput", "SapmFork", "SapmLanes", "SapmSharedWindows"


def operation_layer(operation_name: str) -> str:
    """The hls4ml layer class of a primitive; the prefix keeps it apart from hls4ml's own layers."""
    return f"Sapm{operation_name}"


@dataclass(frozen=True)
class Stream:
    """One `hls::stream` of beats of `lanes` neighbouring channels: a tensor of at most `height` x `width` pixels.

    `tap` is the file to which the C simulation copies the tensor; "" where it has been copied before.
    """

    name: str
    type: TensorType
    lanes: int
    height: int
    width: int
    depth: int = DEFAULT_DEPTH
    tap: str = ""


@dataclass(frozen=True)
class Part:
    """What one configuration struct of a layer tells: a place in the graph, and the operation, if one is computed."""

    name: str
    geometry: Geometry
    operation: Primitive | None = None

    def fields(self) -> dict[str, int]:
        """The members of the struct."""
        return (operation_fields(self.operation) if self.operation else {}) | self.geometry.fields()

    def arrays(self) -> dict[str, npt.NDArray[np.integer]]:  # type: ignore[type-arg]
        """The weights, by the names of their C++ variables."""
        fields = self.operation.array_fields() if self.operation else ()
        return {f"{self.name}_{field}": getattr(self.operation, field) for field in fields}
