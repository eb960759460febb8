"""What estimates are made of: nodes whose foldings are looked at, many at a time, and components with their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from hls.memories import MemoryShape
from ops import Folding, Primitive, TensorType

Array = npt.NDArray[np.float64]

Terms = Mapping[str, Array]


@dataclass(frozen=True)
class Component:
    """Part of a node's module: `modules` of the library, terms of its LUTs and its flip-flops, and its memories."""

    kind: str
    lut: Terms
    ff: Terms
    memories: tuple[MemoryShape, ...] = ()


@dataclass(frozen=True)
class NodeShape:
    """A node whose foldings are looked at: `pe`, `simd`, `rows`, `turns`, of one length; lines of `max_width` pixels.

    With `weights_in_blocks` a convolution's weights lie in block memories as deep as there are words.
    """

    operation: Primitive
    inputs: tuple[TensorType, ...]
    output: TensorType
    pe: Array
    simd: Array
    rows: Array
    turns: Array
    max_width: int
    weights_in_blocks: bool = False

    @classmethod
    def of(
        cls,
        operation: Primitive,
        inputs: tuple[TensorType, ...],
        output: TensorType,
        foldings: list[Folding],
        max_width: int,
    ) -> NodeShape:
        """The shape for a list of foldings."""
        pe, simd, rows, turns = np.array([astuple(folding) for folding in foldings], float).T
        return cls(operation, inputs, output, pe, simd, rows, turns, max_width)

    @property
    def lanes(self) -> Array:
        """Lanes for each output channel of an array."""
        return self.simd * self.rows

    @property
    def parameters(self) -> dict[str, int]:
        """Parameters of its module that do not depend on the folding."""
        lanes = Folding(1, 1)
        return self.operation.hardware(self.inputs, self.output, lanes).parameters


def bits_of(count: Array | float) -> Array:
    """Bits of a counter of `count` states, at least 1."""
    return np.ceil(np.log2(np.maximum(count, 2)))


def levels_of(lanes: Array) -> Array:
    """Levels of a balanced tree."""
    return np.ceil(np.log2(lanes))


def tree(lanes: Array, width: float) -> tuple[Array, Array]:
    """Bits of all adders, and of all registers behind them, of balanced trees over operands of `width` bits."""
    adders, registers = np.zeros_like(lanes), np.zeros_like(lanes)
    operands, bits = lanes.copy(), width
    while (operands > 1).any():
        going = operands > 1
        adders += np.where(going, np.floor(operands / 2) * (bits + 1), 0)
        registers += np.where(going, np.ceil(operands / 2) * (bits + 1), 0)
        operands, bits = np.where(going, np.ceil(operands / 2), 1), bits + 1
    return adders, registers
