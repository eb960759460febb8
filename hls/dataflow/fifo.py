"""FIFO depths where branches meet again, from a longest-path argument; no search by simulation.

Let J join A and B, and let F be the nearest tensor through which every path from the input to J leads. Pixel n of A
can exist only when F has given out its pixels up to R_A(n), R_A being the composition of the reaches on the way from F
to A. F is forked, so B's branch must take those pixels too, while J has taken only n pixels of B. A module takes its
input pixel k when a number x(k) of its output pixels has left; composed along the branch this is the number X_B(k) of
B's pixels that must have left before F can give out its pixel k. A FIFO on B's way that holds

    max over n of  X_B(R_A(n)) - n

pixels therefore never makes B refuse what A waits for. Should several joins wait at once, each full FIFO that blocks
one waits for a pixel that needs strictly less of F than the blocked one does, so the chain of waiting ends: there is no
deadlock, whatever else the modules keep inside them. (Branches that share a window buffer: see `hls.dataflow.windows`.)

For the same FIFO not to cost speed, let F arrive evenly, at times T_F(k) at the pace of the slowest module of the
graph, and let every module on the way leave its pixels as `hls.dataflow.times` says, J at T_J(n). Then X_B(k)
pixels must have left by T_F(k), of which J has taken #{n : T_J(n) <= T_F(k)}; the FIFO holds the rest. The depth is the
larger of both counts.

The FIFO need not lie directly before J: it may lie before any module on the way that maps pixel to pixel and feeds
nothing else. The cheapest place, in bits for each pixel, is taken; bursts of a row then wait before a slow 1x1
convolution instead of holding up what comes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hls.dataflow.folded import FoldedGraph, all_hardware, maps_pixels, port_lanes
from hls.dataflow.times import Times, node_departures, spaced
from ops import Graph, Hardware, Node

Edge = tuple[str, int]
"""The input `index` of the node `name`."""

Counts = npt.NDArray[np.int64]

PERIODS = 12
"""Rows looked at, in units of the graph's granularity: beyond the tallest window, depths do not change."""


def dominators(graph: Graph) -> dict[str, tuple[str, ...]]:
    """For each tensor, those through which every path from the input to it leads, nearest last, itself included."""
    chains: dict[str, tuple[str, ...]] = {graph.input_name: (graph.input_name,)}
    for node in graph.nodes:
        shared = set.intersection(*(set(chains[name]) for name in node.inputs))
        chains[node.name] = (*(name for name in chains[node.inputs[0]] if name in shared), node.name)
    return chains


def region(graph: Graph, fork: str, join: Node) -> list[Node]:
    """The nodes between `fork` and `join`, in topological order."""
    wanted = set(join.inputs) - {fork}
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        if node.name in wanted:
            nodes.append(node)
            wanted |= set(node.inputs) - {fork}
    return nodes[::-1]


def must_leave(hardware: Hardware, height: int, width: int) -> Counts:
    """For each input pixel of a module, how many of its output pixels must have left before it is taken in."""
    reach = np.maximum.accumulate(hardware.reach(height, width))
    taken = reach + hardware.stored_rows * width if hardware.stored_rows else reach - 1
    return np.searchsorted(taken, np.arange(height * width), side="left")


@dataclass(frozen=True)
class Region:
    """What lies between a fork and a join, for the largest width and enough rows.

    For every tensor `reaches` says how much of the fork each of its pixels needs, `releases` how many of its pixels
    must have left before the fork can give out each of its own, and `times` when its pixels leave.
    """

    reaches: Mapping[str, Counts]
    releases: Mapping[str, Counts]
    times: Mapping[str, Times]

    @classmethod
    def of(cls, folded: FoldedGraph, fork: str, join: Node, hardware: Mapping[str, Hardware], height: int) -> Region:
        """The region before `join`, of a picture of `height` rows and the largest width."""
        graph, width = folded.graph, folded.max_width
        pixels = int(np.prod(graph.size_of(fork, height, width)))
        slowest = max(hardware[node.name].cycles(*graph.size_of(node.inputs[0], height, width)) for node in graph.nodes)
        reaches: dict[str, Counts] = {fork: np.arange(pixels)}
        releases: dict[str, Counts] = {fork: np.arange(1, pixels + 1)}
        times: dict[str, Times] = {fork: spaced(np.zeros(pixels), slowest / pixels)}
        for node in region(graph, fork, join):
            size = graph.size_of(node.inputs[0], height, width)
            own, leave = hardware[node.name].reach(*size), must_leave(hardware[node.name], *size)
            reaches[node.name] = np.maximum.accumulate(np.max([reaches[name][own] for name in node.inputs], axis=0))
            entering = np.max([releases[name] for name in node.inputs], axis=0)
            releases[node.name] = np.where(entering > 0, leave[entering - 1], 0)
            times[node.name] = node_departures(graph, node, hardware[node.name], times, height, width)
        return cls(reaches, releases, times)


def joining_depths(folded: FoldedGraph, join: Node, fork: str, hardware: Mapping[str, Hardware]) -> dict[Edge, int]:
    """For each input of `join`, the edge at which its FIFO lies best, and the pixels that this must hold."""
    graph = folded.graph
    height = min(folded.max_height, PERIODS * graph.granularity)
    between = Region.of(folded, fork, join, hardware, height)
    needed = np.max([between.reaches[name] for name in join.inputs], axis=0)
    ready: Times = np.max([between.times[name] for name in join.inputs], axis=0)
    rows, columns = graph.size_of(join.inputs[0], height, folded.max_width)
    leaving = spaced(ready, hardware[join.name].cycles(rows, columns) / (rows * columns))
    taken = np.searchsorted(leaving, between.times[fork], side="right")
    depths: dict[Edge, int] = {}
    for index in range(len(join.inputs)):
        edge = cheapest_edge(graph, (join.name, index), fork, hardware)
        released = between.releases[source_of(graph, edge)]
        safe = int((released[needed] - np.arange(len(needed))).max())
        fast = int((released - taken).max())
        depths[edge] = max(1, safe, fast)
    return depths


def source_of(graph: Graph, edge: Edge) -> str:
    """The tensor that an edge carries."""
    return next(node.inputs[edge[1]] for node in graph.nodes if node.name == edge[0])


def cheapest_edge(graph: Graph, edge: Edge, fork: str, hardware: Mapping[str, Hardware]) -> Edge:
    """The edge on the way to `edge` with the fewest bits a pixel, as far as pixels map to pixels without a fork."""
    nodes = {node.name: node for node in graph.nodes}
    uses = [name for node in graph.nodes for name in node.inputs] + [graph.output_name]
    best = edge
    tensor = source_of(graph, edge)
    while tensor != fork and uses.count(tensor) == 1 and len(nodes[tensor].inputs) == 1:
        node = nodes[tensor]
        if not maps_pixels(graph, node, hardware):
            break
        tensor = node.inputs[0]
        if _bits(graph, tensor) < _bits(graph, source_of(graph, best)):
            best = (node.name, 0)
    return best


def _bits(graph: Graph, tensor: str) -> int:
    return graph.types[tensor].channels * graph.types[tensor].fixed.width


def fifo_depths(folded: FoldedGraph, hardware: Mapping[str, Hardware] | None = None) -> dict[Edge, int]:
    """Depth in beats (of the producer's lanes) of the FIFO on every edge that has one."""
    graph = folded.graph
    hardware = hardware or all_hardware(folded)
    chains = dominators(graph)
    depths: dict[Edge, int] = {}
    for node in graph.nodes:
        if len(node.inputs) > 1:
            for edge, pixels in joining_depths(folded, node, chains[node.name][-2], hardware).items():
                source = source_of(graph, edge)
                lanes = hardware[source].output_lanes if source in hardware else input_lanes(folded)
                depths[edge] = max(depths.get(edge, 0), pixels * (graph.types[source].channels // lanes))
    return depths


def input_lanes(folded: FoldedGraph) -> int:
    """Lanes of the graph's input as it leaves the AXI4-Stream adapter: whole pixels of video, single latents."""
    return port_lanes(folded.graph.input_type)
