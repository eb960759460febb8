"""Convolutions that read the same windows share one window buffer: which ones can, and foldings at which they do.

Arrays that share a window buffer run in step: its last word leaves when each has room for its result. No array then
waits for ever if their results meet again pixel by pixel, that is, if each passes only modules that map pixel to pixel
and feed nothing else until all reach the same join, through a FIFO of at least a pixel. For where the join waits for a
pixel on one way and the FIFO on another is full, that FIFO holds the very pixel, so the window was read for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import gcd

from hls.dataflow.folded import FoldedGraph, maps_pixels
from ops import Folding, Graph, Hardware, Node
from ops.hardware import divisors, interleave_choices


@dataclass(frozen=True)
class SharedWindow:
    """The convolutions `nodes` read windows of `source` in the same order and at the same pace."""

    source: str
    nodes: tuple[Node, ...]


def shared_windows(folded: FoldedGraph, hardware: Mapping[str, Hardware]) -> tuple[SharedWindow, ...]:
    """Which nodes of a folded graph share a window buffer."""
    graph = folded.graph
    shared = []
    for nodes in same_windows(graph):
        paces: dict[tuple[int, ...], list[Node]] = {}
        for node in nodes:
            folding = folded.foldings[node.name]
            groups = graph.types[node.name].channels // folding.pe
            paces.setdefault((folding.simd, folding.rows, folding.interleave, groups), []).append(node)
        for together in paces.values():
            if len(together) > 1 and _meet(graph, together, hardware):
                shared.append(SharedWindow(together[0].inputs[0], tuple(together)))
    return tuple(shared)


def same_windows(graph: Graph) -> list[list[Node]]:
    """Convolutions that read the same tensor with the same kernel and stride; not 1x1 kernels, which store no rows."""
    found: dict[tuple[str, int, int], list[Node]] = {}
    for node in graph.nodes:
        if node.operation.is_convolution and node.operation.window.size > 1:
            window = node.operation.window
            found.setdefault((node.inputs[0], window.size, window.stride), []).append(node)
    return [nodes for nodes in found.values() if len(nodes) > 1]


Foldings = Mapping[str, Folding]
"""Foldings by node."""


def agreeing(graph: Graph, foldings: Foldings, price: Callable[[Foldings], float] | None = None) -> dict[str, Folding]:
    """Foldings at which convolutions with the same windows can share them; none reads more words than the slowest did.

    Of all these the one of the lowest `price` is taken; without one, that with the fewest lanes, accumulators and rows,
    no windows in turn.
    """
    agreed = dict(foldings)
    for nodes in same_windows(graph):
        slowest = max(_reads(graph, node, foldings[node.name]) for node in nodes)
        choices = [
            choice for choice in _common(graph, nodes) if _reads(graph, nodes[0], choice[nodes[0].name]) <= slowest
        ]
        ranked = [(price(choice) if price else 0.0, _size(choice), index) for index, choice in enumerate(choices)]
        agreed |= choices[min(ranked)[-1]]
    return agreed


def _reads(graph: Graph, node: Node, folding: Folding) -> int:
    """Words of a window that are read for one result, all groups of output channels together."""
    kernel = node.operation.window.size
    words = folding.words(graph.types[node.inputs[0]].channels)
    return (graph.types[node.name].channels // folding.pe) * words * kernel * (kernel // folding.rows)


def _common(graph: Graph, nodes: list[Node]) -> Iterator[dict[str, Folding]]:
    """All foldings at which nodes read in step."""
    channels = graph.types[nodes[0].inputs[0]].channels
    outputs = {node.name: graph.types[node.name].channels for node in nodes}
    kernel = nodes[0].operation.window.size
    for groups in divisors(gcd(*outputs.values())):
        for numbers in product(divisors(channels), divisors(kernel), interleave_choices(kernel)):
            yield {name: Folding(count // groups, *numbers) for name, count in outputs.items()}


def _size(choice: Foldings) -> tuple[int, ...]:
    """Lanes, then accumulators, rows, interleave, and lanes that enter."""
    (any_one, *_) = choice.values()
    accumulators = sum(folding.pe for folding in choice.values())
    return accumulators * any_one.lanes, accumulators, any_one.rows, any_one.interleave, any_one.simd


def _meet(graph: Graph, nodes: Iterable[Node], hardware: Mapping[str, Hardware]) -> bool:
    joins = {_first_join(graph, node.name, hardware) for node in nodes}
    return len(joins) == 1 and None not in joins


def _first_join(graph: Graph, tensor: str, hardware: Mapping[str, Hardware]) -> str | None:
    """The node with several inputs that a tensor reaches pixel by pixel without a fork; None where there is none."""
    while tensor != graph.output_name:
        takers = [node for node in graph.nodes for name in node.inputs if name == tensor]
        if len(takers) != 1:
            return None
        (taker,) = takers
        if len(taker.inputs) > 1:
            return taker.name
        if not maps_pixels(graph, taker, hardware):
            return None
        tensor = taker.name
    return None
