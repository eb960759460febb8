"""How deep the FIFOs of reconvergent branches must be, in pixels, when every layer works on whole rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hls.dataflow.folded import FoldedGraph
from ops import Node


def join_depths(folded: FoldedGraph) -> dict[tuple[str, int], int]:
    """Pixels that wait in front of input `position` of each node with several inputs: {(node, position): pixels}.

    The C++ layers take a row of results' last input row before they compute it. So for each row of each tensor the
    number of rows of the picture that must have arrived is known; while a join waits for its slowest branch, the others
    have run ahead by a number of rows, and that many, plus the row being written, must fit their FIFOs. These hold more
    than a pixel, so two convolutions may share a window buffer before them (`hls.dataflow.windows`).
    """
    graph = folded.graph
    size = folded.max_height, folded.max_width
    arrivals = {graph.input_name: np.arange(1, folded.max_height + 1)}
    depths: dict[tuple[str, int], int] = {}
    for node in graph.nodes:
        needed = _needed_rows(folded, node)
        branches = [arrivals[name] for name in node.inputs]
        complete = np.max([branch[needed] for branch in branches], axis=0)
        arrivals[node.name] = complete
        if len(node.inputs) > 1:
            for position, (name, branch) in enumerate(zip(node.inputs, branches, strict=True)):
                ahead = np.searchsorted(branch, complete, side="right") - np.arange(complete.size)
                depths[node.name, position] = (int(ahead.max()) + 1) * graph.size_of(name, *size)[1]
    return depths


def _needed_rows(folded: FoldedGraph, node: Node) -> npt.NDArray[np.int64]:
    """For each row of the node's result, the last row of its inputs that the row depends on."""
    size = folded.max_height, folded.max_width
    height, width = folded.graph.size_of(node.inputs[0], *size)
    rows, columns = folded.graph.size_of(node.name, *size)
    reach = folded.hardware(node).reach(height, width).reshape(rows, columns)
    result: npt.NDArray[np.int64] = reach.max(axis=1) // width
    return result
