"""Energy of a transform for each pixel, from its graph's operations and published costs of arithmetic at 45 nm.

Costs: Horowitz, "Computing's energy problem", ISSCC 2014; the shift, which is not among them: You et al., ShiftAddNet,
NeurIPS 2020. Arithmetic alone is counted: no memory, no control, no wires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ops import Graph, L1Conv2d, Node, ShiftConv2d
from ops.counting import Operation

FLOAT_ADD, FLOAT_MULTIPLY = 0.9, 3.7
"""pJ, 32 bits."""

ADD_8, ADD_32, MULTIPLY_8, MULTIPLY_32, SHIFT_32 = 0.03, 0.1, 0.2, 3.1, 0.13
"""pJ of an integer operation of 8 or 32 bits."""

METHODS = ("paper", "integer")
"""How energy is counted: as arXiv 2206.11599 does, or every operation of the graph at its true width."""

PARTS = ("shift", "adder", "convolution", "deconvolution", "shortcut", "gdn", "first", "last", "sums")
"""What a node is for: the branches of a SAPM, or the convolution in their place; implicit deconvolution; shortcut;
normalizations; first and last layer of the codec; sums of branches with their rounding."""

MAIN_PARTS = ("shift", "adder", "convolution")
"""The paper counts these."""


@dataclass(frozen=True)
class Entry:
    """One kind of operation of one node: how many there are for a pixel of the picture, and what they cost [pJ].

    An operation takes `steps` steps of `width` bits; see ops.counting.Operation.
    """

    method: str
    transform: str
    node: str
    part: str
    kind: str
    count: float
    width: int
    factor_width: int
    steps: int
    energy: float

    @property
    def layer(self) -> str:
        """The layer that the node belongs to."""
        return self.node.partition(".")[0]


def has_multipliers(graph: Graph) -> bool:
    """Whether a graph is a plain network, to be counted on hardware with multipliers.

    The primitives have none, so that a plain 8-bit convolution appears as four powers of two a weight. A network is
    plain when it has neither an adder array nor a convolution of single powers of two, but for what scales channel by
    channel.
    """
    operations = [node.operation for node in graph.nodes if isinstance(node.operation, ShiftConv2d)]
    convolutions = [operation for operation in operations if not _is_scaling(operation)]
    has_adders = any(isinstance(node.operation, L1Conv2d) for node in graph.nodes)
    return not has_adders and all(len(operation.terms) > 1 for operation in convolutions)


def _is_scaling(operation: ShiftConv2d) -> bool:
    """Whether each result depends on one number alone."""
    taps = np.count_nonzero(operation.weights().reshape(operation.terms.shape[1], -1), axis=1)
    return int(taps.max()) <= 1


def ledger(graph: Graph) -> list[Entry]:
    """What a transform ("analysis" or "synthesis") spends on each pixel of the picture, by both methods.

    Parts are told by the names that lowering gives to nodes.
    """
    is_plain = has_multipliers(graph)
    entries = [entry for node in graph.nodes for entry in _integer_entries(graph, node, is_plain)]
    return entries + [entry for node in graph.nodes for entry in _paper_entries(graph, node, is_plain)]


def total(entries: list[Entry], method: str, parts: tuple[str, ...] = PARTS, transform: str | None = None) -> float:
    """pJ for each pixel of a method's entries, of some parts, of one transform or of both."""
    return sum(
        entry.energy
        for entry in entries
        if entry.method == method and entry.part in parts and transform in (None, entry.transform)
    )


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
    """pJ of one integer operation."""
    if operation.kind == "multiply":
        return operation.steps * multiply_energy(operation.width, operation.factor_width)
    return operation.steps * (shift_energy if operation.kind == "shift" else add_energy)(operation.width)


def _positions(graph: Graph, node: Node) -> Fraction:
    """Positions of a node's result for each pixel of the picture, which is the input or the output of the graph."""
    picture = max(graph.input_type.rate, graph.output_type.rate)
    return (graph.types[node.name].rate / picture) ** 2


def _part(node: Node) -> str:
    layer, _, name = node.name.partition(".")
    if layer in ("first", "last", "pixels"):
        return "first" if layer == "first" else "last"
    if "gdn" in layer:
        return "gdn"
    names = {"adder": "adder", "distance": "deconvolution", "pool": "shortcut"}
    part = names.get(name, name)
    return part if part in PARTS else "sums"


def _integer_entries(graph: Graph, node: Node, is_plain: bool) -> Iterator[Entry]:
    inputs, output = tuple(graph.types[name] for name in node.inputs), graph.types[node.name]
    count = node.operation.operations_with_multipliers if is_plain else node.operation.operations
    for operation in count(inputs, output):
        yield _entry("integer", graph, node, operation, operation_energy(operation))


def _paper_entries(graph: Graph, node: Node, is_plain: bool) -> Iterator[Entry]:
    """Shift layers in 32-bit integers, adder layers and convolutions in 32-bit floats; every tap counts."""
    part, operation = _part(node), node.operation
    if part not in MAIN_PARTS:
        return
    if isinstance(operation, L1Conv2d):
        taps = operation.weight.size
        yield _entry("paper", graph, node, Operation("absolute difference", taps, 32), FLOAT_ADD)
        yield _entry("paper", graph, node, Operation("add", taps, 32), FLOAT_ADD)
    elif isinstance(operation, ShiftConv2d):
        taps = int(np.prod(operation.terms.shape[1:]))
        name, cost, add = ("multiply", FLOAT_MULTIPLY, FLOAT_ADD) if is_plain else ("shift", SHIFT_32, ADD_32)
        yield _entry("paper", graph, node, Operation(name, taps, 32, factor_width=32 if is_plain else 0), cost)
        yield _entry("paper", graph, node, Operation("add", taps, 32), add)


def _entry(method: str, graph: Graph, node: Node, operation: Operation, energy: float) -> Entry:
    count = float(operation.count * _positions(graph, node))
    widths = operation.width, operation.factor_width, operation.steps
    return Entry(method, graph.name, node.name, _part(node), operation.kind, count, *widths, count * energy)
