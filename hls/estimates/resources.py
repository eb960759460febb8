"""Estimates of LUTs, flip-flops and block memories, by coefficients that bench/fit_resources.py fits to synthesis.

Coefficients of primitives lie in their folders (see `ops.costs`), those of the streams between them beside this file.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hls.dataflow.fifo import Edge, fifo_depths
from hls.dataflow.folded import FoldedGraph, all_hardware, is_video, port_lanes
from hls.dataflow.windows import shared_windows
from hls.devices.area import Area
from hls.devices.families import FAMILIES
from hls.estimates.fabric import converter, fifo, fork, port, register_slice
from hls.estimates.memories import TECHNOLOGIES, Technology
from ops import Graph, Hardware, Node
from ops.costs import Weights, coefficients, node_components, read
from ops.costs.shapes import Array, Component, NodeShape, Terms

FABRIC = Path(__file__).with_name("fabric.json")
"""{family: {kind of component: {"lut" or "ff": {term: coefficient}}}}."""

FITTED = {"xc7": "xcup", "xcu": "xcup", "xcup": "xcup", "ecp5": "ecp5"}
"""The family whose coefficients count for a family: Xilinx' have the same LUTs."""

STREAMS = "ports, forks"
"""The row of an estimate that is no node: forks, AXI4-Stream ports, registers."""


@dataclass(frozen=True)
class Areas:
    """LUTs, flip-flops and block memories at each of several foldings."""

    lut: Array
    ff: Array
    bram: Array

    def price(self, memory_price: float) -> Array:
        """LUTs, and as many for each block memory as that costs."""
        return self.lut + memory_price * self.bram

    def repeated(self, count: int) -> Areas:
        """The same at so many foldings, where it is the same at all."""
        return Areas(*(np.broadcast_to(values, count) for values in (self.lut, self.ff, self.bram)))

    def at(self, index: int) -> Area:
        """The area at one of the foldings."""
        return Area(float(self.lut[index]), float(self.ff[index]), float(self.bram[index]))


@dataclass(frozen=True)
class ResourceModel:
    """Coefficients of a family and the rules of its memories."""

    family: str
    weights: Weights
    technology: Technology

    @classmethod
    def of_family(cls, family: str) -> ResourceModel:
        """The fitted model. Raises ValueError for a family without one."""
        if family not in FAMILIES:
            raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {family!r}")
        fitted = FITTED[family]
        return cls(family, {**read(FABRIC)[fitted], **coefficients(fitted)}, TECHNOLOGIES[family])

    def components(self, node: NodeShape) -> list[Component] | None:
        """The components of a node's module; None where nobody tells them, or what they take in this family."""
        found = node_components(node)
        is_known = found is not None and all(component.kind in self.weights for component in found)
        return found if is_known else None

    def areas(self, components: Iterable[Component]) -> Areas:
        """What components take together, at each folding."""
        lut, ff, bram = (np.zeros(1) for _ in range(3))
        for component in components:
            own = self.weights.get(component.kind, {})
            lut = lut + weighed(component.lut, own.get("lut", {}))
            ff = ff + weighed(component.ff, own.get("ff", {}))
            for memory in component.memories:
                taken = self.technology.area(memory)
                lut, ff, bram = lut + taken.lut, ff + taken.register, bram + taken.bram
        return Areas(*np.broadcast_arrays(lut, ff, bram))

    def node_areas(self, node: NodeShape) -> Areas:
        """What a node's module takes at each of its foldings; nothing where it is unknown."""
        return self.areas(self.components(node) or [])

    def area(self, *components: Component) -> Area:
        """What components at a single folding take."""
        return self.areas(components).at(0) if components else Area()


def weighed(terms: Terms, coefficients: Mapping[str, float]) -> Array:
    """The sum of terms times their coefficients."""
    total: Array = sum((coefficients.get(name, 0.0) * value for name, value in terms.items()), np.zeros(1))
    return total


def estimate(
    folded: FoldedGraph,
    family: str,
    hardware: Mapping[str, Hardware] | None = None,
    depths: Mapping[Edge, int] | None = None,
) -> dict[str, Area]:
    """The area of each node, its FIFOs and width converters included, and of what is no node, by name.

    Of nodes whose primitive is not known, only FIFOs and converters count.
    """
    graph, model = folded.graph, ResourceModel.of_family(family)
    hardware = hardware or all_hardware(folded)
    depths = fifo_depths(folded, hardware) if depths is None else depths
    rows = {}
    bufferless = without_buffer(folded, hardware)
    for node in graph.nodes:
        known = model.components(node_shape(folded, node))
        components = [] if known is None else known
        if node.name in bufferless:
            components = [component for component in components if component.kind != "line buffer"]
        else:
            components += _entrance(folded, node, hardware, depths)
        rows[node.name] = model.area(*components) + Area(unknown=int(known is None))
    return rows | {STREAMS: model.area(*_streams(folded, hardware))}


def node_shape(folded: FoldedGraph, node: Node) -> NodeShape:
    """The shape of a node at its folding."""
    graph = folded.graph
    types = tuple(graph.types[name] for name in node.inputs)
    columns = graph.size_of(node.inputs[0], folded.max_height, folded.max_width)[1]
    shape = NodeShape.of(node.operation, types, graph.types[node.name], [folded.foldings[node.name]], columns)
    return replace(shape, weights_in_blocks=node.name in folded.in_blocks)


def _entrance(
    folded: FoldedGraph, node: Node, hardware: Mapping[str, Hardware], depths: Mapping[Edge, int]
) -> list[Component]:
    components = []
    for index, name in enumerate(node.inputs):
        element = folded.graph.types[name].fixed.width
        entering = np.array([float(lanes_of(folded, hardware, name))])
        depth = depths.get((node.name, index), 0)
        if depth:
            components.append(fifo(entering * element, np.array([float(depth)])))
        leaving = np.array([float(hardware[node.name].input_lanes[index])])
        components.append(converter(element, entering, leaving))
        if hardware[node.name].passes_ready:
            components.append(register_slice(leaving * element))
    return components


def lanes_of(folded: FoldedGraph, hardware: Mapping[str, Hardware], tensor: str) -> int:
    """Lanes of the stream of a tensor."""
    return hardware[tensor].output_lanes if tensor in hardware else port_lanes(folded.graph.types[tensor])


def _streams(folded: FoldedGraph, hardware: Mapping[str, Hardware]) -> list[Component]:
    graph = folded.graph
    takers = readers(graph, without_buffer(folded, hardware))
    components = [fork(np.array([float(count)])) for count in takers.values() if count > 1]
    video_in, video_out = (is_video(folded, name) for name in (graph.input_name, graph.output_name))
    components += [port("control"), port("video in" if video_in else "latents in")]
    if video_out:
        components.append(port("video out"))
    leaving = np.array([float(port_lanes(graph.output_type))])
    entering = np.array([float(lanes_of(folded, hardware, graph.output_name))])
    element, first = graph.output_type.fixed.width, graph.input_type
    components += [register_slice(leaving * element), register_slice(np.array([port_lanes(first) * first.fixed.width]))]
    return [*components, converter(element, entering, leaving)]


def without_buffer(folded: FoldedGraph, hardware: Mapping[str, Hardware]) -> set[str]:
    """Nodes that read the window buffer of another one, which takes the tensor for all."""
    return {node.name for window in shared_windows(folded, hardware) for node in window.nodes[1:]}


def readers(graph: Graph, bufferless: Container[str]) -> dict[str, int]:
    """How many take each tensor, the output port included, nodes without a buffer of their own apart."""
    uses = [name for node in graph.nodes if node.name not in bufferless for name in node.inputs]
    uses.append(graph.output_name)
    return {name: uses.count(name) for name in graph.types}
