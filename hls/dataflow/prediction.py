"""Predicted cycles: when each pixel of each tensor leaves its module, from cycles, reach and latency alone.

The schedule is the longest path through the graph of events "pixel n of tensor t has left", in which a module waits for
the last input pixel that it reaches for and for its own previous pixel. Streams are taken to be deep enough, so the
schedule is what the hardware does when its FIFOs do not hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hls.dataflow.folded import FoldedGraph
from ops import Folding, Hardware, Node, TensorType

Times = npt.NDArray[np.float64]
"""For each pixel of a tensor in raster order, the cycle in which its last beat leaves its module."""


def spaced(arrivals: Times, interval: float) -> Times:
    """The earliest times that are not before `arrivals`, and `interval` cycles apart."""
    ramp = np.arange(1, len(arrivals) + 1) * interval
    times: Times = np.maximum.accumulate(arrivals + interval - ramp) + ramp
    return times


def departures(inputs: list[Times], hardware: Hardware, height: int, width: int, pixels: int) -> Times:
    """When the `pixels` output pixels of a module leave, whose inputs of `height` rows and `width` columns come in."""
    reach = hardware.reach(height, width)
    arrivals: Times = np.max([np.maximum.accumulate(times)[reach] for times in inputs], axis=0)
    return spaced(arrivals + hardware.latency, hardware.cycles(height, width) / pixels)


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


def is_video(folded: FoldedGraph, name: str) -> bool:
    """Whether a tensor travels as RGB video at the ports: three unsigned bytes a pixel."""
    return port_lanes(folded.graph.types[name]) > 1


def port_lanes(kind: TensorType) -> int:
    """Lanes of a tensor at the AXI4-Stream ports: whole pixels of RGB video, single values of all others."""
    return 3 if (kind.channels, kind.fixed.width, kind.fixed.signed) == (3, 8, False) else 1


def all_hardware(folded: FoldedGraph) -> dict[str, Hardware]:
    """The description of every node's module, by node name."""
    return {node.name: folded.hardware(node) for node in folded.graph.nodes}


def schedule(folded: FoldedGraph, hardware: Mapping[str, Hardware], height: int, width: int) -> dict[str, Times]:
    """Departure times of every tensor of a picture of `height` rows and `width` columns."""
    graph = folded.graph
    entering = np.zeros(height * width)
    times = {graph.input_name: spaced(entering, input_interval(folded))}
    for node in graph.nodes:
        times[node.name] = node_departures(folded, node, hardware[node.name], times, height, width)
    return times


def node_departures(
    folded: FoldedGraph, node: Node, hardware: Hardware, times: Mapping[str, Times], height: int, width: int
) -> Times:
    """Departure times of one node's result for a graph input of `height` rows and `width` columns."""
    rows, columns = folded.graph.size_of(node.inputs[0], height, width)
    pixels = int(np.prod(folded.graph.size_of(node.name, height, width)))
    return departures([times[name] for name in node.inputs], hardware, rows, columns, pixels)


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
