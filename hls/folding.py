"""Chooses how far every node is unrolled: the smallest arrays that keep up with a budget of cycles."""

from __future__ import annotations

from math import lcm

from hls.folded import FoldedGraph
from hls.windows import agreeing
from ops import Folding, Graph, Node

CYCLES_PER_PIXEL = 16 / 3
"""Default budget, in cycles for each pixel of the picture: 1.4 million for 512 x 512."""

TOLERANCE = 1.01
"""A few cycles for a change of row or frame may come on top of the budget."""


def divisors(number: int) -> list[int]:
    """Every divisor, ascending."""
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def fold(graph: Graph, max_height: int, max_width: int, cycles_per_pixel: float = CYCLES_PER_PIXEL) -> FoldedGraph:
    """The graph with the smallest pe * simd of each node that takes a picture in time.

    `max_height` and `max_width` are the largest size of the graph's input; the budget counts pixels of its input or its
    result, whichever has more. A node that cannot meet it is unrolled fully. Convolutions with the same windows get
    foldings that agree. Raises ValueError where the size is no multiple of the granularity, or the budget not positive.
    """
    if not cycles_per_pixel > 0:
        raise ValueError(f"cycles per pixel must be positive, not {cycles_per_pixel!r}")
    graph.check_size(max_height, max_width)
    rows, columns = graph.size_of(graph.output_name, max_height, max_width)
    budget = TOLERANCE * cycles_per_pixel * max(max_height * max_width, rows * columns)
    lanes = {graph.input_name: graph.input_type.channels}
    foldings: dict[str, Folding] = {}
    for node in graph.nodes:
        foldings[node.name] = _smallest(graph, node, lanes, (max_height, max_width), budget)
        lanes[node.name] = foldings[node.name].pe
    return FoldedGraph(graph, agreeing(graph, foldings), max_height, max_width)


def _smallest(graph: Graph, node: Node, lanes: dict[str, int], size: tuple[int, int], budget: float) -> Folding:
    types = tuple(graph.types[name] for name in node.inputs)
    output = graph.types[node.name]
    rows, columns = graph.size_of(node.inputs[0], *size)

    def cost(folding: Folding) -> tuple[int, int]:
        """Size of the array, then bits of accumulators and of the beats that lane converters would hold."""
        beats = sum(
            lcm(folding.simd, lanes[name]) * kind.fixed.width
            for name, kind in zip(node.inputs, types, strict=True)
            if folding.simd != lanes[name]
        )
        return folding.pe * folding.simd, 2 * folding.pe * output.fixed.width + beats

    def cycles(folding: Folding) -> int:
        return node.operation.hardware(types, output, folding).cycles(rows, columns)

    candidates = sorted(allowed_foldings(graph, node), key=cost)
    work = cycles(Folding(1, 1))
    for folding in candidates:
        # Dividing the work is optimistic: only what passes is worth describing in full.
        if work / (folding.pe * folding.simd) <= budget and cycles(folding) <= budget:
            return folding
    return candidates[-1]


def allowed_foldings(graph: Graph, node: Node) -> list[Folding]:
    """The foldings of a node that its module can be built with: every one, or those with equal lanes."""
    types = tuple(graph.types[name] for name in node.inputs)
    outputs, inputs = graph.types[node.name].channels, types[0].channels
    unequal = [folding for folding in (Folding(outputs, 1), Folding(1, inputs)) if folding.pe != folding.simd]
    if any(_accepts(graph, node, folding) for folding in unequal):
        return [Folding(pe, simd) for pe in divisors(outputs) for simd in divisors(inputs)]
    return [Folding(lanes, lanes) for lanes in divisors(outputs) if _accepts(graph, node, Folding(lanes, lanes))]


def _accepts(graph: Graph, node: Node, folding: Folding) -> bool:
    try:
        node.operation.hardware(tuple(graph.types[name] for name in node.inputs), graph.types[node.name], folding)
    except ValueError:
        return False
    return True
