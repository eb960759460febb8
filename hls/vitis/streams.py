"""From a folded graph to the list of layers that hls4ml builds its model from, forks and lane conversions included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hls.folded import FoldedGraph
from hls.prediction import is_video
from hls.vitis.cpp import Geometry, tensor_identifiers
from hls.vitis.depths import join_depths
from ops import Folding, Node, TensorType

DEFAULT_DEPTH = 2
"""Beats in a FIFO that no reconvergent branch waits on."""

INPUT_LAYER, FORK_LAYER, LANES_LAYER = "SapmInput", "SapmFork", "SapmLanes"


def operation_layer(operation_name: str) -> str:
    """The hls4ml layer class of a primitive; the prefix keeps it apart from hls4ml's own layers."""
    return f"Sapm{operation_name}"


@dataclass(frozen=True)
class Stream:
    """One `hls::stream` of beats of `lanes` neighbouring channels: a tensor of at most `height` x `width` pixels."""

    name: str
    type: TensorType
    lanes: int
    height: int
    width: int
    depth: int = DEFAULT_DEPTH


@dataclass(frozen=True)
class _Reader:
    """A node's input, or the graph's output (node ""): beats of `lanes`, FIFO depths before and behind a fork."""

    node: str
    position: int
    lanes: int
    depth: int
    fork_depth: int


@dataclass
class LayerList:
    """Collects layers in topological order; `layers` is what `ModelGraph.from_layer_list` takes.

    RGB video enters and leaves in beats of whole pixels, other maps in beats of the layer next to the port.
    """

    folded: FoldedGraph
    layers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        graph = self.folded.graph
        self.depths = join_depths(self.folded)
        self.consumers: dict[str, list[tuple[str, int]]] = {name: [] for name in graph.types}
        for node in graph.nodes:
            for position, name in enumerate(node.inputs):
                self.consumers[name].append((node.name, position))
        self.consumers[graph.output_name].append(("", 0))
        unused = [name for name, readers in self.consumers.items() if not readers]
        if not graph.nodes:
            raise ValueError(f"graph {graph.name}: there must be at least one operation, and there is none")
        if unused:
            raise ValueError(f"graph {graph.name}: every tensor must be read, and {unused[0]!r} is not")
        self.names = tensor_identifiers(graph)
        self.sources: dict[tuple[str, int], str] = {}
        self._build()
        names = [str(layer["name"]) for layer in self.layers]
        taken = [name for name in names if names.count(name) > 1]
        if taken:
            raise ValueError(f"graph {graph.name}: names must stay distinct in C++, and {taken[0]!r} would come twice")

    def _build(self) -> None:
        graph = self.folded.graph
        first, _ = self.consumers[graph.input_name][0]
        whole = is_video(self.folded, graph.input_name)
        lanes = graph.input_type.channels if whole else self.folded.foldings[first].entering(graph.input_type.channels)
        self._produce(graph.input_name, lanes, INPUT_LAYER, [], {})
        for node in graph.nodes:
            self._add_operation(node)

    def _add_operation(self, node: Node) -> None:
        operation = node.operation
        fields = {name: getattr(operation, name) for name in operation.attribute_fields()}
        arrays = {f"{name}_data": getattr(operation, name) for name in operation.array_fields()}
        inputs = [self.sources[node.name, position] for position in range(operation.arity)]
        kind = operation_layer(type(operation).__name__)
        folding = self.folded.foldings[node.name]
        geometry = self._geometry(node.inputs[0], node.name, folding)
        self._produce(node.name, folding.pe, kind, inputs, fields | arrays | {"geometry": geometry})

    def _geometry(self, source: str, result: str, folding: Folding) -> Geometry:
        types = self.folded.graph.types
        size = self.folded.graph.size_of(source, self.folded.max_height, self.folded.max_width)
        return Geometry(types[source], types[result], folding, *size)

    def _stream(self, tensor: str, suffix: str, lanes: int, depth: int = DEFAULT_DEPTH) -> Stream:
        size = self.folded.graph.size_of(tensor, self.folded.max_height, self.folded.max_width)
        return Stream(self.names[tensor] + suffix, self.folded.graph.types[tensor], lanes, *size, depth)

    def _layer(
        self, name: str, kind: str, inputs: list[str], outputs: list[Stream], attributes: dict[str, Any]
    ) -> None:
        streams = [stream.name for stream in outputs]
        self.layers.append(
            {"class_name": kind, "name": name, "inputs": inputs, "outputs": streams, "streams": outputs} | attributes
        )

    def _produce(self, tensor: str, lanes: int, kind: str, inputs: list[str], attributes: dict[str, Any]) -> None:
        """Add the layer that computes `tensor`, and the forks and lane conversions between it and its readers."""
        readers = list(self._readers(tensor, lanes))
        # A fork gives one copy to a reader and the rest to the next fork, or to the last reader.
        depths = [readers[-1].fork_depth, *(reader.fork_depth for reader in readers[:-1])]
        current = self._stream(tensor, "_stream", lanes, depths[0] if len(readers) == 1 else DEFAULT_DEPTH)
        # hls4ml wants the input layer to have the name of its stream.
        layer = self.names[tensor] if inputs else current.name
        self._layer(layer, kind, inputs, [current], attributes | {"tensor": self.names[tensor]})
        for index, reader in enumerate(readers):
            branch = current
            if index < len(readers) - 1:
                branch = self._stream(tensor, f"_stream_copy{index}", lanes, reader.fork_depth)
                rest_depth = depths[0] if index == len(readers) - 2 else DEFAULT_DEPTH
                rest = self._stream(tensor, f"_stream_rest{index}", lanes, rest_depth)
                self._fabric(f"fork{index}", FORK_LAYER, tensor, current, [branch, rest])
                current = rest
            if reader.lanes != lanes:
                narrow = self._stream(tensor, f"_stream_lanes{index}", reader.lanes, reader.depth)
                self._fabric(f"lanes{index}", LANES_LAYER, tensor, branch, [narrow])
                branch = narrow
            self.sources[reader.node, reader.position] = branch.name

    def _readers(self, tensor: str, lanes: int) -> Iterator[_Reader]:
        channels = self.folded.graph.types[tensor].channels
        for node, position in self.consumers[tensor]:
            port = channels if is_video(self.folded, tensor) else lanes
            wanted = self.folded.foldings[node].entering(channels) if node else port
            depth = max(DEFAULT_DEPTH, self.depths.get((node, position), 0) * channels // wanted)
            yield _Reader(node, position, wanted, depth, depth if wanted == lanes else DEFAULT_DEPTH)

    def _fabric(self, suffix: str, kind: str, tensor: str, source: Stream, results: list[Stream]) -> None:
        attributes = {"geometry": self._geometry(tensor, tensor, Folding(results[0].lanes, source.lanes))}
        self._layer(f"{self.names[tensor]}_{suffix}", kind, [source.name], results, attributes)

    @property
    def input_layer(self) -> str:
        """Name of the layer that brings the picture in."""
        return str(self.layers[0]["name"])

    @property
    def output_layer(self) -> str:
        """Name of the layer that carries the result out."""
        stream = self.sources["", 0]
        return next(str(layer["name"]) for layer in self.layers if stream in layer["outputs"])
