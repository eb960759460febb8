"""What estimates are made of: nodes whose foldings are looked at, many at a time, and components with their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from ops.hardware import Folding
from ops.primitive import Primitive
from ops.tensor import TensorType
from ops.windows import tree_depth

TREE = ("adder_tree", "ternary_adder", "binary_adder")
"""Modules of the trees that lanes are summed by."""

Array = npt.NDArray[np.float64]

Terms = Mapping[str, Array]


@dataclass(frozen=True)
class MemoryShape:
    """`count` memories of `depth` words of `width` bits at each of several foldings; a port to write if `writable`.

    Those `in_blocks` are banks of block memories, see `ops.banks`; where others go is the tool's choice.
    """

    width: Array
    depth: Array
    writable: bool
    count: Array | float = 1.0
    in_blocks: bool = False


@dataclass(frozen=True)
class Component:
    """Part of a node's module: `modules` of the library, terms of its LUTs and its flip-flops, and its memories."""

    kind: str
    lut: Terms
    ff: Terms
    memories: tuple[MemoryShape, ...] = ()


@dataclass(frozen=True)
class NodeShape:
    """A node whose foldings are looked at, as arrays of one length, and lines of `max_width` pixels.

    With `weights_in_blocks` a convolution's weights lie in banks of block memories.
    """

    operation: Primitive
    inputs: tuple[TensorType, ...]
    output: TensorType
    pe: Array
    simd: Array
    rows: Array
    interleave: Array
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
        pe, simd, rows, interleave = np.array([astuple(folding) for folding in foldings], float).T
        return cls(operation, inputs, output, pe, simd, rows, interleave, max_width)

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


@dataclass(frozen=True)
class Tree:
    """Bits of adders of three and of two operands, and of the registers behind them; of `root` bits is the sum."""

    depth: Array
    ternary: Array
    binary: Array
    registers: Array
    root: Array

    @classmethod
    def over(cls, lanes: Array, width: Array | float) -> Tree:
        """The balanced tree over `lanes` unsigned operands of `width` bits; its carry takes no LUT."""
        depth, ternary, binary, registers = (np.zeros_like(lanes) for _ in range(4))
        root = width + np.ceil(np.log2(lanes))
        for level in range(tree_depth(int(lanes.max()))):
            operands = np.ceil(lanes / 3**level)
            going, sums = operands > 1, np.ceil(operands / 3)
            bits = width + np.ceil(level * np.log2(3))
            threes, twos = np.floor(operands / 3), operands % 3 == 2
            depth += going
            ternary += going * threes * (bits + 1)
            binary += going * twos * bits
            registers += going * sums * np.minimum(width + np.ceil((level + 1) * np.log2(3)), root)
        return cls(depth, ternary, binary, registers, root)


def lanewise(kind: str, node: NodeShape, lut: Mapping[str, float], ff: Mapping[str, float]) -> Component:
    """A component of equal lanes, from the terms of one of them."""
    module = {"module": np.ones_like(node.pe)}
    lut_terms, ff_terms = ({name: node.pe * value for name, value in terms.items()} for terms in (lut, ff))
    return Component(kind, lut_terms | module, ff_terms | module)
