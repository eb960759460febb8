"""Bit-for-bit comparison of every tensor of a transform: identical, or the first element that is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ops import Graph, IntegerArray


@dataclass(frozen=True)
class Tensor:
    """One computed tensor: its integers (channels, height, width) and, from RTL, the cycle each left its module."""

    values: IntegerArray
    cycles: IntegerArray | None = None


@dataclass(frozen=True)
class Difference:
    """The first element, in the order of the stream, at which a tensor differs from the golden one; the `elements` that
    do of its `size`, and by how much at most."""

    tensor: str
    operation: str
    channel: int
    row: int
    column: int
    expected: int
    found: int
    elements: int
    cycle: int | None = None
    largest: int = 0
    size: int = 0

    def __str__(self) -> str:
        when = "" if self.cycle is None else f", cycle {self.cycle}"
        return (
            f"{self.tensor} ({self.operation}): channel {self.channel}, row {self.row}, column {self.column}{when}: "
            f"expected {self.expected}, found {self.found}; elements of this tensor that differ: {self.elements}, "
            f"by at most {self.largest}"
        )


@dataclass(frozen=True)
class Verdict:
    """What comparing one level of one transform with the golden model showed.

    `differences` has each tensor that differs, in the graph's order. `culprits` are the nodes of which all inputs were
    there and equal, and the output was not: where faults begin.
    """

    tensors: int
    elements: int
    missing: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    culprits: tuple[str, ...] = ()

    @property
    def difference(self) -> Difference | None:
        """The first one."""
        return self.differences[0] if self.differences else None

    @property
    def differing(self) -> tuple[str, ...]:
        """The tensors that differ."""
        return tuple(found.tensor for found in self.differences)

    @property
    def identical(self) -> bool:
        """Whether every tensor of the graph was there and every element equal."""
        return not self.missing and not self.reshaped and not self.differences

    def __str__(self) -> str:
        if self.identical:
            return f"identical: {self.tensors} tensors, {self.elements:,} elements"
        if self.difference is not None:
            return f"different: {self.difference}"
        if self.reshaped:
            return f"different: {self.reshaped[0]}"
        return f"incomplete: no tensor {', '.join(self.missing)}"


def compare(graph: Graph, golden: Iterable[tuple[str, IntegerArray]], found: dict[str, Tensor]) -> Verdict:
    """Compares the tensors of every node, in the graph's order; the input is not compared, and taken to be equal."""
    operations = {node.name: type(node.operation).__name__ for node in graph.nodes}
    elements = 0
    missing, reshaped, differences, equal = [], [], [], {graph.input_name}
    for name, expected in golden:
        if name not in operations:
            continue
        if name not in found:
            missing.append(name)
        elif found[name].values.shape != expected.shape:
            reshaped.append(f"{name} ({operations[name]}): shape {found[name].values.shape}, expected {expected.shape}")
        else:
            elements += expected.size
            difference = first_difference(name, operations[name], expected, found[name])
            if difference is None:
                equal.add(name)
            else:
                differences.append(difference)
    tensors = len(equal) - 1 + len(differences)
    culprits = _culprits(graph, equal, {difference.tensor for difference in differences})
    return Verdict(tensors, elements, tuple(missing), tuple(reshaped), tuple(differences), culprits)


def _culprits(graph: Graph, equal: set[str], different: set[str]) -> tuple[str, ...]:
    return tuple(node.name for node in graph.nodes if node.name in different and equal.issuperset(node.inputs))


def first_difference(name: str, operation: str, expected: IntegerArray, found: Tensor) -> Difference | None:
    """The first element that differs in raster order with channels fastest, or None."""
    streamed = (found.values != expected).transpose(1, 2, 0)
    count = int(np.count_nonzero(streamed))
    if count == 0:
        return None
    row, column, channel = (int(i) for i in np.unravel_index(int(streamed.argmax()), streamed.shape))
    at = channel, row, column
    cycle = None if found.cycles is None else int(found.cycles[at])
    largest = _largest(expected, found.values)
    return Difference(
        name, operation, *at, int(expected[at]), int(found.values[at]), count, cycle, largest, expected.size
    )


def _largest(expected: IntegerArray, found: IntegerArray) -> int:
    """The largest difference; recordings may hold any 64 bits, of which a difference can need one more."""
    larger, smaller = np.maximum(expected, found), np.minimum(expected, found)
    return int((larger.astype(np.uint64) - smaller.astype(np.uint64)).max())
