"""When each pixel of each tensor leaves its module, from cycles, reach and latency alone.

The schedule is the longest path through the graph of events "pixel n of tensor t has left", in which a module waits for
the last input pixel that it reaches for and for its own previous pixel. Streams are taken to be deep enough, so the
schedule is what the hardware does when its FIFOs do not hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ops import Graph, Hardware, Node

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


def node_departures(
    graph: Graph, node: Node, hardware: Hardware, times: Mapping[str, Times], height: int, width: int
) -> Times:
    """Departure times of one node's result for a graph input of `height` rows and `width` columns."""
    rows, columns = graph.size_of(node.inputs[0], height, width)
    pixels = int(np.prod(graph.size_of(node.name, height, width)))
    return departures([times[name] for name in node.inputs], hardware, rows, columns, pixels)
