"""Predicted cycles of a picture: what every node takes, and the whole from first beat in to last beat out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hls.dataflow.folded import FoldedGraph, all_hardware, is_video
from hls.dataflow.times import Times, node_departures, spaced
from ops import Folding, Hardware


@dataclass(frozen=True)
class NodePrediction:
    """One row of the table: `cycles` for one picture, and the share of the slowest node's cycles in which it works."""

    name: str
    operation: str
    folding: Folding
    input_lanes: tuple[int, ...]
    output_lanes: int
    cycles: int
    utilization: float


@dataclass(frozen=True)
class Prediction:
    """The cycles of one picture of `height` rows and `width` columns, from first beat in to last beat out."""

    height: int
    width: int
    total: int
    fill: int
    slowest: str
    nodes: tuple[NodePrediction, ...]

    @property
    def cycles_per_pixel(self) -> float:
        """Cycles for each pixel of the larger of input and output, in a steady sequence of pictures."""
        return max(node.cycles for node in self.nodes) / (self.height * self.width)


def input_interval(folded: FoldedGraph) -> int:
    """Cycles in which one pixel enters at the AXI4-Stream port: 1 for video, else one for each channel."""
    return 1 if is_video(folded, folded.graph.input_name) else folded.graph.input_type.channels


def schedule(folded: FoldedGraph, hardware: Mapping[str, Hardware], height: int, width: int) -> dict[str, Times]:
    """Departure times of every tensor of a picture of `height` rows and `width` columns."""
    graph = folded.graph
    entering = np.zeros(height * width)
    times = {graph.input_name: spaced(entering, input_interval(folded))}
    for node in graph.nodes:
        times[node.name] = node_departures(graph, node, hardware[node.name], times, height, width)
    return times


def predict(folded: FoldedGraph, height: int, width: int, hardware: Mapping[str, Hardware] | None = None) -> Prediction:
    """The predicted cycles of a picture of `height` rows and `width` columns (of the graph's input)."""
    graph = folded.graph
    graph.check_size(height, width)
    hardware = hardware or all_hardware(folded)
    sizes = {node.name: graph.size_of(node.inputs[0], height, width) for node in graph.nodes}
    cycles = {name: hardware[name].cycles(*size) for name, size in sizes.items()}
    slowest = max(cycles, key=lambda name: cycles[name])
    last = schedule(folded, hardware, height, width)[graph.output_name]
    out_interval = 1 if is_video(folded, graph.output_name) else graph.output_type.channels
    total = int(spaced(last, out_interval)[-1])
    nodes = tuple(
        NodePrediction(
            node.name,
            type(node.operation).__name__,
            folded.foldings[node.name],
            hardware[node.name].input_lanes,
            hardware[node.name].output_lanes,
            cycles[node.name],
            cycles[node.name] / cycles[slowest],
        )
        for node in graph.nodes
    )
    return Prediction(height, width, total, total - cycles[slowest], slowest, nodes)
