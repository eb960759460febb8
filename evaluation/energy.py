"""Energy of a transform for each pixel: what its operations spend (`ops.costs.energy`), and what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ops import Graph, Node
from ops.costs.energy import avoids_multipliers, operation_energy, published
from ops.counting import UNKNOWN, Operation

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
    return not any(avoids_multipliers(node.operation) for node in graph.nodes)


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


def unknown_nodes(entries: list[Entry]) -> list[str]:
    """Nodes of which no one knows what they spend: they count nothing."""
    return list(dict.fromkeys(entry.node for entry in entries if entry.kind == UNKNOWN))


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
    """The branches alone, as they are published."""
    if _part(node) in MAIN_PARTS:
        for operation, energy in published(node.operation, is_plain):
            yield _entry("paper", graph, node, operation, energy)


def _entry(method: str, graph: Graph, node: Node, operation: Operation, energy: float) -> Entry:
    count = float(operation.count * _positions(graph, node))
    widths = operation.width, operation.factor_width, operation.steps
    return Entry(method, graph.name, node.name, _part(node), operation.kind, count, *widths, count * energy)
