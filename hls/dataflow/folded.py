"""The folded graph: what both back ends, HLS and RTL, are generated from."""

from __future__ import annotations

from dataclasses import dataclass

from ops import Folding, Graph, Hardware, Node


@dataclass(frozen=True)
class FoldedGraph:
    """A graph with the folding of every node, and the largest picture (in pixels of the graph's input) it takes.

    The weights of convolutions `in_blocks` lie in block memories that are as deep as their words are many; where those
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
