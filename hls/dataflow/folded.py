"""The folded graph: what both back ends, HLS and RTL, are generated from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ops import Folding, Graph, Hardware, Node, TensorType


@dataclass(frozen=True)
class FoldedGraph:
    """A graph with the folding of every node, and the largest picture (in pixels of the graph's input) it takes.

    The weights of convolutions `in_blocks` lie in banks of block memories (`ops.banks`); where those
    of others go is left to the synthesis tool.
    """

    graph: Graph
    foldings: dict[str, Folding]
    max_height: int
    max_width: int
    in_blocks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.graph.check_size(self.max_height, self.max_width)
        missing = [node.name for node in self.graph.nodes if node.name not in self.foldings]
        if missing:
            raise ValueError(f"every node must have a folding; {missing[0]!r} has none")
        unknown = self.in_blocks - {node.name for node in self.graph.nodes if node.operation.is_convolution}
        if unknown:
            raise ValueError(f"only weights of convolutions lie in block memories, and {min(unknown)!r} is none")

    def hardware(self, node: Node) -> Hardware:
        """The description of the node's module at its folding."""
        inputs = tuple(self.graph.types[name] for name in node.inputs)
        return node.operation.hardware(inputs, self.graph.types[node.name], self.foldings[node.name])


def is_video(folded: FoldedGraph, name: str) -> bool:
    """Whether a tensor travels as RGB video at the ports: three unsigned bytes a pixel."""
    return port_lanes(folded.graph.types[name]) > 1


def port_lanes(kind: TensorType) -> int:
    """Lanes of a tensor at the AXI4-Stream ports: whole pixels of RGB video, single values of all others."""
    return 3 if (kind.channels, kind.fixed.width, kind.fixed.signed) == (3, 8, False) else 1


def all_hardware(folded: FoldedGraph) -> dict[str, Hardware]:
    """The description of every node's module, by node name."""
    return {node.name: folded.hardware(node) for node in folded.graph.nodes}


def maps_pixels(graph: Graph, node: Node, hardware: Mapping[str, Hardware]) -> bool:
    """Whether each pixel of a node's result depends on the same pixel of its input, and on no other."""
    same_size = graph.types[node.inputs[0]].rate == graph.types[node.name].rate
    return same_size and np.array_equal(hardware[node.name].reach(4, 4), np.arange(16))
