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
    """The first element, in the order of the stream, at which a tensor differs from the golden one."""

    tensor: str
    operation: str
    channel: int
    row: int
    column: int
    expected: int
    found: int
    elements: int
    cycle: int | None = None

    def __str__(self) -> str:
        when = "" if self.cycle is None else f", cycle {self.cycle}"
        return (
            f"{self.tensor} ({self.operation}): channel {self.channel}, row {self.row}, column {self.column}{when}: "
            f"expected {self.expected}, found {self.found}; {self.elements} elements of this tensor differ"
        )


@dataclass(frozen=True)
class Verdict:
    """What comparing one level of one transform with the golden model showed."""

    tensors: int
    elements: int
    missing: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    difference: Difference | None = None
    """That of the first tensor that differs."""
    differing: tuple[str, ...] = ()
    """All tensors that differ."""

    @property
    def identical(self) -> bool:
        """Whether every tensor of the graph was there and every element equal."""
        return not self.missing and not self.reshaped and self.difference is None

    def __str__(self) -> str:
        if self.identical:
            return f"identical: {self.tensors} tensors, {self.elements} elements"
        if self.difference is not None:
            return f"different: {self.difference}"
        if self.reshaped:
            return f"different: {self.reshaped[0]}"
        return f"incomplete: no tensor {', '.join(self.missing)}"


def compare(graph: Graph, golden: Iterable[tuple[str, IntegerArray]], found: dict[str, Tensor]) -> Verdict:
    """Compares the tensors of every node, in the graph's order; the input is not compared."""
    operations = {node.name: type(node.operation).__name__ for node in graph.nodes}
    tensors = elements = 0
    missing, reshaped, found_differences = list[str](), list[str](), list[Difference]()
    for name, expected in golden:
        if name not in operations:
            continue
        if name not in found:
            missing.append(name)
        elif found[name].values.shape != expected.shape:
            reshaped.append(f"{name} ({operations[name]}): shape {found[name].values.shape}, expected {expected.shape}")
        else:
            tensors, elements = tensors + 1, elements + expected.size
            difference = first_difference(name, operations[name], expected, found[name])
            found_differences += [] if difference is None else [difference]
    first = found_differences[0] if found_differences else None
    differing = tuple(one.tensor for one in found_differences)
    return Verdict(tensors, elements, tuple(missing), tuple(reshaped), first, differing)


def first_difference(name: str, operation: str, expected: IntegerArray, found: Tensor) -> Difference | None:
    """The first element that differs in raster order with channels fastest, or None."""
    streamed = (found.values != expected).transpose(1, 2, 0)
    count = int(np.count_nonzero(streamed))
    if count == 0:
        return None
    row, column, channel = (int(i) for i in np.unravel_index(int(streamed.argmax()), streamed.shape))
    at = channel, row, column
    cycle = None if found.cycles is None else int(found.cycles[at])
    return Difference(name, operation, *at, int(expected[at]), int(found.values[at]), count, cycle)
