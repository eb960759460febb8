"""What a layer of the HLS project is described by: its class, its streams and its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hls.vitis.cpp import Geometry, operation_fields
from hls.vitis.words import array_words
from ops import Primitive, TensorType

DEFAULT_DEPTH = 2
"""Beats in a FIFO that no reconvergent branch waits on."""

PIPELINE_DEPTH = 64
"""Further beats in a FIFO before a join, for those on their way through the pipelines of the other branch: a root, a
division or the tree of a large array has tens of stages, and a row may have few beats."""

INPUT_LAYER, FORK_LAYER, LANES_LAYER = "SapmInput", "SapmFork", "SapmLanes"
WINDOWS_LAYER, ORDER_LAYER = "SapmSharedWindows", "SapmWindowOrder"


def operation_layer(operation_name: str) -> str:
    """The hls4ml layer class of a primitive; the prefix keeps it apart from hls4ml's own layers."""
    return f"Sapm{operation_name}"


@dataclass(frozen=True)
class LayerStream:
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
    """What one configuration struct of a layer tells: a place in the graph, and the operation, if one is computed.

    The weights of a convolution `in_blocks` lie in block memories.
    """

    name: str
    geometry: Geometry
    operation: Primitive | None = None
    in_blocks: bool = False

    def fields(self) -> dict[str, int]:
        """The members of the struct."""
        own = operation_fields(self.operation, self.in_blocks) if self.operation else {}
        return own | self.geometry.fields()

    def arrays(self) -> dict[str, npt.NDArray[np.integer]]:  # type: ignore[type-arg]
        """The weights, by the names of their C++ variables."""
        arrays = array_words(self.operation, self.geometry.folding) if self.operation else {}
        return {f"{self.name}_{field}": array for field, array in arrays.items()}
