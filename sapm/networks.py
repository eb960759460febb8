"""What hardware is generated for: integer graphs by name, those of a codec or those of any ONNX files."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from pathlib import Path

from export.model_file import load, save
from ops import Graph
from ops.naming import check_name

SUFFIX = ".onnx"


class Networks(ABC):
    """One graph or several, which are generated, simulated and compared together."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Of the graphs, in the order in which they run."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Hexadecimal digits that no other networks have."""

    @property
    @abstractmethod
    def multiple(self) -> int:
        """What the rows and columns of an input are padded to a multiple of."""

    @abstractmethod
    def graph(self, name: str) -> Graph:
        """The graph of a name."""

    @abstractmethod
    def sizes(self, height: int, width: int) -> dict[str, tuple[int, int]]:
        """Rows and columns of every graph's input where what enters first has so many, multiples of `multiple`."""

    @abstractmethod
    def onnx_file(self, name: str) -> Path:
        """The ONNX file of a name. Raises ValueError where the graphs were never saved."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Writes all files into a folder that is there."""


@dataclass(frozen=True)
class GraphNetworks(Networks):
    """Graphs that know nothing of each other, and the folder with their ONNX files where they came from files."""

    graphs: Mapping[str, Graph]
    files: Mapping[str, Path]

    @classmethod
    def of(cls, graphs: Iterable[Graph]) -> GraphNetworks:
        """Graphs by their names. Raises ValueError where there is none, or two have one name."""
        return cls(_by_name([(graph.name, graph) for graph in graphs]), {})

    @classmethod
    def load(cls, paths: Sequence[Path]) -> GraphNetworks:
        """Those of ONNX files. Raises ValueError for a file that is none of ours, and for two of one name."""
        loaded = [(path, load(path)) for path in paths]
        graphs = _by_name([(graph.name, graph) for _, graph in loaded])
        return cls(graphs, {graph.name: path for path, graph in loaded})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.graphs)

    @cached_property
    def identity(self) -> str:  # type: ignore[override]
        return hashlib.sha256(b"".join(graph.fingerprint() for graph in self.graphs.values())).hexdigest()

    @property
    def multiple(self) -> int:
        return lcm(*(graph.granularity for graph in self.graphs.values()))

    def graph(self, name: str) -> Graph:
        return self.graphs[name]

    def sizes(self, height: int, width: int) -> dict[str, tuple[int, int]]:
        return dict.fromkeys(self.graphs, (height, width))

    def onnx_file(self, name: str) -> Path:
        if name not in self.files:
            raise ValueError(f"{name} must be saved as an ONNX file first, and is a graph in memory")
        return self.files[name]

    def save(self, folder: Path) -> None:
        for name, graph in self.graphs.items():
            save(graph, folder / f"{name}{SUFFIX}")


def _by_name(pairs: Sequence[tuple[str, Graph]]) -> dict[str, Graph]:
    if not pairs:
        raise ValueError("there must be a graph or more, and there is none")
    names = [name for name, _ in pairs]
    for name in names:
        check_name(name)
        if names.count(name) > 1:
            raise ValueError(f"graphs must have different names, not {name!r} twice")
    return dict(pairs)
