"""What a node can be: every folding that its module can be built with, its cycles and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from hls.dataflow.folded import port_lanes
from hls.estimates.fabric import converter
from hls.estimates.resources import Areas, ResourceModel
from ops import Folding, Graph, Node
from ops.costs.shapes import Array, NodeShape
from ops.hardware import divisors, interleave_choices, simd_choices
from ops.telling import Tell, nobody

FAMILY = "xcup"
"""The family of devices whose LUTs are counted where no target is given."""


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
    channels: int
    """Of its inputs."""

    @cached_property
    def places(self) -> dict[Folding, int]:
        """The index of each folding."""
        return {folding: index for index, folding in enumerate(self.foldings)}

    @property
    def pe(self) -> Array:
        """Lanes that leave, at each folding."""
        return np.array([folding.pe for folding in self.foldings], float)

    @property
    def entering(self) -> Array:
        """Lanes that enter, at each folding."""
        return np.array([folding.entering(self.channels) for folding in self.foldings], float)

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
        tell: Tell = nobody,
    ) -> Candidates:
        """Every folding that is allowed, or the given one; `tell` counts them. Raises ValueError as `fold` does."""
        graph.check_size(max_height, max_width)
        model = ResourceModel.of_family(family)
        fixed = dict(given or {})
        unknown = sorted(set(fixed) - {node.name for node in graph.nodes})
        if unknown:
            known = ", ".join(node.name for node in graph.nodes)
            raise ValueError(f"{graph.name}: a folding must be given for one of {known}, not {unknown[0]!r}")
        allowed = {}
        for node in graph.nodes:
            allowed[node.name] = allowed_foldings(graph, node)
            if node.name in fixed:
                allowed[node.name] = [_checked(graph, node, fixed[node.name], allowed[node.name])]
        total, nodes, done = sum(map(len, allowed.values())), {}, 0
        for node in graph.nodes:
            tell(f"{graph.name}, {node.name}", done, total)
            nodes[node.name] = _described(graph, node, allowed[node.name], (max_height, max_width), model)
            done += len(allowed[node.name])
        tell(graph.name, total, total)
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

    def converters(self, name: str, chosen: Mapping[str, int]) -> Array:
        """LUTs of the width converters at both ends of a node, at each of its foldings, beside what is chosen."""
        graph, entry = self.graph, self.nodes[name]
        total = np.zeros(len(entry.foldings))
        for source in entry.node.inputs:
            if source == graph.input_name or source in chosen:
                total += self._converter(source, self._leaving(source, chosen), entry.entering)
        for other in graph.nodes:
            for source in other.inputs:
                if source == name and other.name in chosen:
                    folding = self.nodes[other.name].foldings[chosen[other.name]]
                    entering = np.array([float(folding.entering(self.nodes[other.name].channels))])
                    total += self._converter(source, entry.pe, entering)
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


def _described(
    graph: Graph, node: Node, foldings: list[Folding], size: tuple[int, int], model: ResourceModel
) -> NodeCandidates:
    types, output = tuple(graph.types[name] for name in node.inputs), graph.types[node.name]
    rows, columns = graph.size_of(node.inputs[0], *size)
    cycles = [node.operation.hardware(types, output, folding).cycles(rows, columns) for folding in foldings]
    shape = NodeShape.of(node.operation, types, output, foldings, columns)
    components = model.components(shape) or []
    count = len(foldings)
    buffers = model.areas(component for component in components if component.kind == "line buffer").repeated(count)
    areas = in_blocks = model.areas(components).repeated(count)
    if node.operation.is_convolution:
        in_blocks = model.node_areas(replace(shape, weights_in_blocks=True))
    return NodeCandidates(node, foldings, np.array(cycles, float), areas, in_blocks, buffers, types[0].channels)


def _checked(graph: Graph, node: Node, folding: Folding, allowed: list[Folding]) -> Folding:
    """The folding, which the node's module can be built with. Raises ValueError, naming what is allowed."""
    if folding in allowed:
        return folding
    pe, simd, rows, interleave = (
        ", ".join(map(str, sorted(set(values)))) for values in zip(*map(astuple, allowed), strict=True)
    )
    equal = all(other.pe == other.simd for other in allowed)
    rule = f"pe and simd must be equal and one of {pe}" if equal else f"pe must be one of {pe} and simd one of {simd}"
    named = [folding.pe, folding.simd]
    if folding.rows != 1 or folding.interleave != 1:
        rule, named = f"{rule}, rows one of {rows}", [*named, folding.rows]
    if folding.interleave != 1:
        rule, named = f"{rule}, interleave one of {interleave}", [*named, folding.interleave]
    *before, last = map(repr, named)
    raise ValueError(f"{graph.name}: {node.name}: {rule}, not {', '.join(before)} and {last}")


def allowed_foldings(graph: Graph, node: Node) -> list[Folding]:
    """The foldings of a node that its module can be built with: every one, or those with equal lanes."""
    outputs, inputs = graph.types[node.name].channels, graph.types[node.inputs[0]].channels
    unequal = [folding for folding in (Folding(outputs, 1), Folding(1, inputs)) if folding.pe != folding.simd]
    if any(_accepts(graph, node, folding) for folding in unequal):
        window = node.operation.window
        choices = simd_choices(inputs, window.by_pixel), divisors(window.size), interleave_choices(window.size)
        return [Folding(*numbers) for numbers in product(divisors(outputs), *choices)]
    return [Folding(lanes, lanes) for lanes in divisors(outputs) if _accepts(graph, node, Folding(lanes, lanes))]


def _accepts(graph: Graph, node: Node, folding: Folding) -> bool:
    try:
        node.operation.hardware(tuple(graph.types[name] for name in node.inputs), graph.types[node.name], folding)
    except ValueError:
        return False
    return True
