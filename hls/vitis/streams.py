"""From a folded graph to the list of layers that hls4ml builds its model from, forks and lane conversions included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import lcm
from typing import Any

from hls.dataflow.folded import FoldedGraph, all_hardware, is_video
from hls.dataflow.windows import shared_windows
from hls.vitis.cpp import Geometry
from hls.vitis.depths import join_depths
from hls.vitis.description import (
    DEFAULT_DEPTH,
    FORK_LAYER,
    INPUT_LAYER,
    LANES_LAYER,
    ORDER_LAYER,
    PIPELINE_DEPTH,
    WINDOWS_LAYER,
    LayerStream,
    Part,
    operation_layer,
)
from ops import Folding, Node
from ops.naming import identifier


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
        # Convolutions that share a window buffer are two, as their results meet in one join; the first reads for both.
        self.pairs = {
            first.name: (first, second)
            for first, second in (window.nodes for window in shared_windows(self.folded, all_hardware(self.folded)))
        }
        served = {second.name for _, second in self.pairs.values()}
        self.readers = [node for node in graph.nodes if node.name not in served]
        self.consumers: dict[str, list[tuple[str, int]]] = {name: [] for name in graph.types}
        for node in self.readers:
            for position, name in enumerate(node.inputs):
                self.consumers[name].append((node.name, position))
        self.consumers[graph.output_name].append(("", 0))
        unused = [name for name, readers in self.consumers.items() if not readers]
        if not graph.nodes:
            raise ValueError(f"graph {graph.name}: there must be at least one operation, and there is none")
        if unused:
            raise ValueError(f"graph {graph.name}: every tensor must be read, and {unused[0]!r} is not")
        self.names = {name: identifier(name) for name in graph.types}
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
        # hls4ml wants the input layer to have the name of its stream.
        self._produce(f"{self.names[graph.input_name]}_stream", INPUT_LAYER, [], {graph.input_name: lanes}, [])
        for node in self.readers:
            if node.name in self.pairs:
                self._add_operations(f"{self.names[node.name]}_windows", WINDOWS_LAYER, *self.pairs[node.name])
            else:
                self._add_operations(self.names[node.name], operation_layer(type(node.operation).__name__), node)

    def _add_operations(self, name: str, kind: str, *nodes: Node) -> None:
        """Add the layer that computes all `nodes` from what the first of them reads."""
        first, foldings = nodes[0], self.folded.foldings
        inputs = [self.sources[first.name, position] for position in range(first.operation.arity)]
        parts = [
            Part(
                self.names[node.name],
                self._geometry(first.inputs[0], node.name, foldings[node.name]),
                node.operation,
                node.name in self.folded.in_blocks,
            )
            for node in nodes
        ]
        self._produce(name, kind, inputs, {node.name: foldings[node.name].pe for node in nodes}, parts)

    def _geometry(self, source: str, result: str, folding: Folding) -> Geometry:
        types = self.folded.graph.types
        size = self.folded.graph.size_of(source, self.folded.max_height, self.folded.max_width)
        return Geometry(types[source], types[result], folding, *size)

    def _stream(self, tensor: str, suffix: str, lanes: int, depth: int = DEFAULT_DEPTH, tap: str = "") -> LayerStream:
        size = self.folded.graph.size_of(tensor, self.folded.max_height, self.folded.max_width)
        return LayerStream(self.names[tensor] + suffix, self.folded.graph.types[tensor], lanes, *size, depth, tap)

    def _layer(self, name: str, kind: str, inputs: list[str], streams: list[LayerStream], parts: list[Part]) -> None:
        outputs = [stream.name for stream in streams]
        self.layers.append(
            {"class_name": kind, "name": name, "inputs": inputs, "outputs": outputs, "streams": streams, "parts": parts}
        )

    def _produce(self, name: str, kind: str, inputs: list[str], lanes: dict[str, int], parts: list[Part]) -> None:
        """Add the layer that computes tensors, each in beats of its `lanes`, and what lies before their readers."""
        readers = {tensor: list(self._readers(tensor, count)) for tensor, count in lanes.items()}
        streams, results = {}, []
        for tensor, takers in readers.items():
            depth = takers[0].fork_depth if len(takers) == 1 else DEFAULT_DEPTH
            streams[tensor] = self._stream(tensor, "_stream", lanes[tensor], depth, self.names[tensor])
            mixed = self._stream(tensor, "_stream_interleaved", lanes[tensor])
            results.append(mixed if self._is_mixed(tensor) else streams[tensor])
        self._layer(name, kind, inputs, results, parts)
        for (tensor, stream), result in zip(streams.items(), results, strict=True):
            if result is not stream:
                self._fabric("order", ORDER_LAYER, tensor, result, [stream], self.folded.foldings[tensor].interleave)
            self._distribute(tensor, stream, readers[tensor])

    def _is_mixed(self, tensor: str) -> bool:
        """Whether results come group by group of several windows, and not pixel by pixel."""
        folding = self.folded.foldings.get(tensor, Folding())
        return folding.interleave > 1 and self.folded.graph.types[tensor].channels > folding.pe

    def _distribute(self, tensor: str, stream: LayerStream, readers: list[_Reader]) -> None:
        """Add the forks and lane conversions between a tensor's stream and its readers."""
        current, lanes = stream, stream.lanes
        for index, reader in enumerate(readers):
            branch = current
            # A fork gives one copy to a reader and the rest to the next fork, or to the last reader.
            if index < len(readers) - 1:
                branch = self._stream(tensor, f"_stream_copy{index}", lanes, reader.fork_depth)
                rest_depth = readers[-1].fork_depth if index == len(readers) - 2 else DEFAULT_DEPTH
                rest = self._stream(tensor, f"_stream_rest{index}", lanes, rest_depth)
                self._fabric(f"fork{index}", FORK_LAYER, tensor, current, [branch, rest])
                current = rest
            common = lcm(reader.lanes, lanes)  # divides the channels, as both do
            if common not in (reader.lanes, lanes):
                wide = self._stream(tensor, f"_stream_wide{index}", common)
                self._fabric(f"wide{index}", LANES_LAYER, tensor, branch, [wide])
                branch = wide
            if reader.lanes != lanes:
                converted = self._stream(tensor, f"_stream_lanes{index}", reader.lanes, reader.depth)
                self._fabric(f"lanes{index}", LANES_LAYER, tensor, branch, [converted])
                branch = converted
            self.sources[reader.node, reader.position] = branch.name

    def _readers(self, tensor: str, lanes: int) -> Iterator[_Reader]:
        channels = self.folded.graph.types[tensor].channels
        for node, position in self.consumers[tensor]:
            port = channels if is_video(self.folded, tensor) else lanes
            wanted = self.folded.foldings[node].entering(channels) if node else port
            pixels = self.depths.get((node, position))
            depth = DEFAULT_DEPTH if pixels is None else pixels * channels // wanted + PIPELINE_DEPTH
            yield _Reader(node, position, wanted, depth, depth if wanted == lanes else DEFAULT_DEPTH)

    def _fabric(
        self, suffix: str, kind: str, tensor: str, source: LayerStream, results: list[LayerStream], interleave: int = 1
    ) -> None:
        geometry = self._geometry(tensor, tensor, Folding(results[0].lanes, source.lanes, interleave=interleave))
        name = f"{self.names[tensor]}_{suffix}"
        self._layer(name, kind, [source.name], results, [Part(name, geometry)])

    @property
    def input_layer(self) -> str:
        """Name of the layer that brings the picture in."""
        return str(self.layers[0]["name"])

    @property
    def output_layer(self) -> str:
        """Name of the layer that carries the result out."""
        stream = self.sources["", 0]
        return next(str(layer["name"]) for layer in self.layers if stream in layer["outputs"])
