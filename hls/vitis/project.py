"""A written HLS project: where it lies and what it computes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hls.dataflow.folded import FoldedGraph
from ops import Graph
from ops.naming import identifier

KIND = "hls"


@dataclass(frozen=True)
class HlsProject:
    """A written project: its folder, and the graph it computes."""

    folder: Path
    folded: FoldedGraph

    @property
    def graph(self) -> Graph:
        """The graph it computes."""
        return self.folded.graph

    @property
    def top(self) -> str:
        """Name of the top function."""
        return identifier(self.graph.name)
