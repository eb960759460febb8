"""Convolutions that read the same windows share one window buffer: which ones can, and foldings at which they do.

Arrays that share a window buffer run in step: its last word leaves when each has room for its result. No array then
waits for ever if their results meet again pixel by pixel, that is, if each passes only modules that map pixel to pixel
and feed nothing else until all reach the same join, through a FIFO of at least a pixel. For where the join waits for a
pixel on one way and the FIFO on another is full, that FIFO holds the very pixel, so the window was read for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd

from hls.fifo import maps_pixels
from hls.folded import FoldedGraph
from ops import Folding, Graph, Hardware, L1Conv2d, Node, ShiftConv2d


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
        paces: dict[tuple[int, int], list[Node]] = {}
        for node in nodes:
            folding = folded.foldings[node.name]
            paces.setdefault((folding.simd, graph.types[node.name].channels // folding.pe), []).append(node)
        for together in paces.values():
            if len(together) > 1 and _meet(graph, together, hardware):
                shared.append(SharedWindow(together[0].inputs[0], tuple(together)))
    return tuple(shared)


def same_windows(graph: Graph) -> list[list[Node]]:
    """Convolutions that read the same tensor with the same kernel and stride; not 1x1 kernels, which store no rows."""
    found: dict[tuple[str, int, int], list[Node]] = {}
    for node in graph.nodes:
        if isinstance(node.operation, ShiftConv2d | L1Conv2d) and node.operation.window.size > 1:
            window = node.operation.window
            found.setdefault((node.inputs[0], window.size, window.stride), []).append(node)
    return [nodes for nodes in found.values() if len(nodes) > 1]


def agreeing(graph: Graph, foldings: Mapping[str, Folding]) -> dict[str, Folding]:
    """Foldings at which convolutions with the same windows can share them; none takes more cycles than the slowest did.

    Of all these the one with the fewest lanes, then the fewest accumulators, is taken.
    """
    agreed = dict(foldings)
    for nodes in same_windows(graph):
        channels = graph.types[nodes[0].inputs[0]].channels
        outputs = [graph.types[node.name].channels for node in nodes]
        slowest = max(
            (count // foldings[node.name].pe) * (channels // foldings[node.name].simd)
            for node, count in zip(nodes, outputs, strict=True)
        )
        choices = [
            (sum(outputs) // groups * simd, sum(outputs) // groups, simd, groups)
            for groups in _divisors(gcd(*outputs))
            for simd in _divisors(channels)
            if groups * (channels // simd) <= slowest
        ]
        if choices:
            *_, simd, groups = min(choices)
            agreed |= {node.name: Folding(count // groups, simd) for node, count in zip(nodes, outputs, strict=True)}
    return agreed


def _divisors(number: int) -> Iterable[int]:
    return (divisor for divisor in range(1, number + 1) if number % divisor == 0)


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
