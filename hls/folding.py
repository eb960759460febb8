"""Chooses how far every node is unrolled: the fewest LUTs that keep up with a budget of cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import inf

import numpy as np
import numpy.typing as npt

from hls.components import converter, node_components
from hls.folded import FoldedGraph
from hls.prediction import port_lanes
from hls.resources import Areas, ResourceModel
from hls.shapes import NodeShape
from hls.windows import agreeing, same_windows
from ops import Folding, Graph, L1Conv2d, Node, ShiftConv2d

CYCLES_PER_PIXEL = 5.4
"""The budget where no rate is asked for, in cycles for each pixel of the picture: 1.4 million for 512 x 512."""

FAMILY = "xcup"
"""The family of devices whose LUTs are counted where no target is given."""

SWEEPS = 8
"""How often at most all nodes are looked at again: two or three times suffice, each time fewer LUTs are taken."""

BLOCK_PRICE = 20.0
"""LUTs that a block memory has to save where there are enough of them."""

Array = npt.NDArray[np.float64]


def divisors(number: int) -> list[int]:
    """Every divisor, ascending."""
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def pixels(graph: Graph, max_height: int, max_width: int) -> int:
    """Pixels of the largest picture: those of the input or of the result, whichever has more."""
    rows, columns = graph.size_of(graph.output_name, max_height, max_width)
    return max(max_height * max_width, rows * columns)


def fold(
    graph: Graph,
    max_height: int,
    max_width: int,
    cycles_per_pixel: float = CYCLES_PER_PIXEL,
    family: str = FAMILY,
    given: Mapping[str, Folding] | None = None,
) -> FoldedGraph:
    """The graph with the folding of each node that takes a picture in time with the fewest LUTs, then memories.

    `max_height` and `max_width` are the largest size of the graph's input. A node that cannot meet the budget is
    unrolled as far as that makes it faster. Convolutions with the same windows get foldings that agree. Nodes in
    `given` are folded as it says. Raises ValueError where the size is no multiple of the granularity, the budget is
    not positive, or a given folding is not allowed.
    """
    if not cycles_per_pixel > 0:
        raise ValueError(f"cycles per pixel must be positive, not {cycles_per_pixel!r}")
    candidates = Candidates.of(graph, max_height, max_width, family, given)
    return candidates.choose(cycles_per_pixel * pixels(graph, max_height, max_width))


@dataclass(frozen=True)
class NodeCandidates:
    """The foldings that a node can have, their cycles for the largest picture, and what its module takes."""

    node: Node
    foldings: list[Folding]
    cycles: Array
    areas: Areas
    areas_in_blocks: Areas
    """With the weights in block memories; the same where there are none."""
    buffers: Areas
    """What of the area is a window buffer."""

    @property
    def pe(self) -> Array:
        """Lanes that leave, at each folding."""
        return np.array([folding.pe for folding in self.foldings], float)

    @property
    def simd(self) -> Array:
        """Lanes that enter, at each folding."""
        return np.array([folding.simd for folding in self.foldings], float)

    def meeting(self, budget: float) -> npt.NDArray[np.bool_]:
        """Which foldings keep up; the fastest where none does."""
        fitting: npt.NDArray[np.bool_] = self.cycles <= max(budget, self.cycles.min())
        return fitting


@dataclass(frozen=True)
class Candidates:
    """All foldings of all nodes of a graph, looked at once for any number of budgets."""

    graph: Graph
    max_height: int
    max_width: int
    model: ResourceModel
    nodes: dict[str, NodeCandidates]

    @classmethod
    def of(
        cls,
        graph: Graph,
        max_height: int,
        max_width: int,
        family: str = FAMILY,
        given: Mapping[str, Folding] | None = None,
    ) -> Candidates:
        """Every folding that is allowed, or the given one. Raises ValueError as `fold` does."""
        graph.check_size(max_height, max_width)
        model = ResourceModel.of_family(family)
        fixed = dict(given or {})
        unknown = sorted(set(fixed) - {node.name for node in graph.nodes})
        if unknown:
            known = ", ".join(node.name for node in graph.nodes)
            raise ValueError(f"{graph.name}: a folding must be given for one of {known}, not {unknown[0]!r}")
        nodes = {}
        for node in graph.nodes:
            allowed = allowed_foldings(graph, node)
            if node.name in fixed:
                allowed = [_checked(graph, node, fixed[node.name], allowed)]
            nodes[node.name] = _described(graph, node, allowed, (max_height, max_width), model)
        return cls(graph, max_height, max_width, model, nodes)

    @property
    def fastest(self) -> float:
        """The fewest cycles in which a picture can be taken: those of the slowest node, unrolled fully."""
        return max(float(entry.cycles.min()) for entry in self.nodes.values())

    @property
    def budgets(self) -> list[float]:
        """The budgets at which the choice of a node can change, ascending from the fastest."""
        every = np.unique(np.concatenate([entry.cycles for entry in self.nodes.values()]))
        return [float(cycles) for cycles in every if cycles >= self.fastest]

    def choose(self, budget: float, memory_price: float = 0.0) -> FoldedGraph:
        """The folding of every node that meets the budget with the fewest LUTs, width converters included.

        A block memory counts as many LUTs as `memory_price` says; of equal ones the fewest block memories are taken.
        Weights go to block memories where these save more LUTs than that, and than `BLOCK_PRICE`.
        """
        return _Choice(self, memory_price).folded(budget)

    def converters(self, name: str, chosen: Mapping[str, int]) -> Array:
        """LUTs of the width converters at both ends of a node, at each of its foldings, beside what is chosen."""
        graph, entry = self.graph, self.nodes[name]
        total = np.zeros(len(entry.foldings))
        for source in entry.node.inputs:
            if source == graph.input_name or source in chosen:
                total += self._converter(source, self._leaving(source, chosen), entry.simd)
        for other in graph.nodes:
            for source in other.inputs:
                if source == name and other.name in chosen:
                    folding = self.nodes[other.name].foldings[chosen[other.name]]
                    total += self._converter(source, entry.pe, np.array([float(folding.simd)]))
        if name == graph.output_name:
            total += self._converter(name, entry.pe, np.array([float(port_lanes(graph.output_type))]))
        return total

    def _leaving(self, tensor: str, chosen: Mapping[str, int]) -> Array:
        if tensor == self.graph.input_name:
            return np.array([float(port_lanes(self.graph.input_type))])
        return np.array([float(self.nodes[tensor].foldings[chosen[tensor]].pe)])

    def _converter(self, tensor: str, entering: Array, leaving: Array) -> Array:
        width = self.graph.types[tensor].fixed.width
        return self.model.areas([converter(width, *np.broadcast_arrays(entering, leaving))]).lut


@dataclass(frozen=True)
class _Choice:
    """One choice among candidates, at a price of block memories in LUTs."""

    candidates: Candidates
    memory_price: float

    @cached_property
    def in_blocks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """At which of its foldings a node's weights go to block memories."""
        price = max(self.memory_price, BLOCK_PRICE)
        return {
            name: entry.areas_in_blocks.price(price) < entry.areas.price(price)
            for name, entry in self.candidates.nodes.items()
        }

    @cached_property
    def memories(self) -> dict[str, Array]:
        """Block memories that a node takes at each of its foldings."""
        nodes = self.candidates.nodes.items()
        return {
            name: np.where(self.in_blocks[name], entry.areas_in_blocks.bram, entry.areas.bram) for name, entry in nodes
        }

    @cached_property
    def prices(self) -> dict[str, Array]:
        """LUTs that a node takes at each of its foldings, and its block memories at their price."""
        return {
            name: np.where(self.in_blocks[name], entry.areas_in_blocks.lut, entry.areas.lut)
            + self.memory_price * self.memories[name]
            for name, entry in self.candidates.nodes.items()
        }

    def folded(self, budget: float) -> FoldedGraph:
        """The cheapest foldings within the budget of cycles."""
        candidates, nodes = self.candidates, self.candidates.nodes
        allowed = {name: np.flatnonzero(entry.meeting(budget)) for name, entry in nodes.items()}
        chosen = self._swept(allowed, {})
        for name, folding in self._agreed(chosen).items():
            chosen[name] = nodes[name].foldings.index(folding)
            allowed[name] = np.array([chosen[name]])
        chosen = self._swept(allowed, chosen)
        foldings = {name: entry.foldings[chosen[name]] for name, entry in nodes.items()}
        in_blocks = frozenset(name for name, index in chosen.items() if self.in_blocks[name][index])
        return FoldedGraph(candidates.graph, foldings, candidates.max_height, candidates.max_width, in_blocks)

    def _agreed(self, chosen: Mapping[str, int]) -> dict[str, Folding]:
        """Foldings of convolutions with the same windows, those that are given by hand apart."""
        graph, nodes = self.candidates.graph, self.candidates.nodes
        foldings = {name: nodes[name].foldings[index] for name, index in chosen.items()}
        agreed = agreeing(graph, foldings, lambda choice: self._shared_price(choice, chosen))
        groups = [[node.name for node in together] for together in same_windows(graph)]
        free = [names for names in groups if all(len(nodes[name].foldings) > 1 for name in names)]
        return {name: agreed[name] for names in free for name in names}

    def _shared_price(self, choice: Mapping[str, Folding], chosen: Mapping[str, int]) -> float:
        """LUTs, block memories at their price, of nodes that share the window buffer of the first."""
        total = 0.0
        for position, (name, folding) in enumerate(choice.items()):
            entry = self.candidates.nodes[name]
            if folding not in entry.foldings:
                return inf
            index = entry.foldings.index(folding)
            total += float(self.prices[name][index])
            if position:
                total -= float(entry.buffers.price(self.memory_price)[index])
            else:
                total += float(self.candidates.converters(name, chosen)[index])
        return round(total)

    def _swept(self, allowed: Mapping[str, npt.NDArray[np.int64]], start: Mapping[str, int]) -> dict[str, int]:
        """The index of each node's cheapest folding, looked at again until nothing changes."""
        chosen = dict(start)
        for _ in range(SWEEPS):
            before = dict(chosen)
            for name in self.candidates.nodes:
                price = np.round(self.prices[name] + self.candidates.converters(name, chosen))
                memories = self.memories[name]
                best = min(allowed[name], key=lambda index: (price[index], memories[index], index))
                if name not in chosen or price[best] < price[chosen[name]]:
                    chosen[name] = int(best)
            if chosen == before:
                break
        return chosen


def _described(
    graph: Graph, node: Node, foldings: list[Folding], size: tuple[int, int], model: ResourceModel
) -> NodeCandidates:
    types, output = tuple(graph.types[name] for name in node.inputs), graph.types[node.name]
    rows, columns = graph.size_of(node.inputs[0], *size)
    cycles = [node.operation.hardware(types, output, folding).cycles(rows, columns) for folding in foldings]
    shape = NodeShape.of(node.operation, types, output, foldings, columns)
    components = node_components(shape)
    buffers = model.areas(component for component in components if component.kind == "line buffer")
    every = Areas(*(np.broadcast_to(values, len(foldings)) for values in (buffers.lut, buffers.ff, buffers.bram)))
    areas = in_blocks = model.areas(components)
    if isinstance(node.operation, ShiftConv2d | L1Conv2d):
        in_blocks = model.node_areas(replace(shape, weights_in_blocks=True))
    return NodeCandidates(node, foldings, np.array(cycles, float), areas, in_blocks, every)


def _checked(graph: Graph, node: Node, folding: Folding, allowed: list[Folding]) -> Folding:
    """The folding, which the node's module can be built with. Raises ValueError, naming what is allowed."""
    if folding in allowed:
        return folding
    pe = ", ".join(str(value) for value in sorted({other.pe for other in allowed}))
    simd = ", ".join(str(value) for value in sorted({other.simd for other in allowed}))
    rows = ", ".join(str(value) for value in sorted({other.rows for other in allowed}))
    equal = all(other.pe == other.simd for other in allowed)
    rule = f"pe and simd must be equal and one of {pe}" if equal else f"pe must be one of {pe} and simd one of {simd}"
    named = f"{folding.pe!r} and {folding.simd!r}"
    if folding.rows != 1:
        rule, named = f"{rule}, rows one of {rows}", f"{folding.pe!r}, {folding.simd!r} and {folding.rows!r}"
    raise ValueError(f"{graph.name}: {node.name}: {rule}, not {named}")


def allowed_foldings(graph: Graph, node: Node) -> list[Folding]:
    """The foldings of a node that its module can be built with: every one, or those with equal lanes."""
    outputs, inputs = graph.types[node.name].channels, graph.types[node.inputs[0]].channels
    unequal = [folding for folding in (Folding(outputs, 1), Folding(1, inputs)) if folding.pe != folding.simd]
    if any(_accepts(graph, node, folding) for folding in unequal):
        rows = divisors(node.operation.window.size)
        return [Folding(*numbers) for numbers in product(divisors(outputs), divisors(inputs), rows)]
    return [Folding(lanes, lanes) for lanes in divisors(outputs) if _accepts(graph, node, Folding(lanes, lanes))]


def _accepts(graph: Graph, node: Node, folding: Folding) -> bool:
    try:
        node.operation.hardware(tuple(graph.types[name] for name in node.inputs), graph.types[node.name], folding)
    except ValueError:
        return False
    return True
