"""The plan of a dataflow: every tensor's stream, who takes it, and through which FIFO and width converter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hls.dataflow.fifo import Edge, fifo_depths, input_lanes
from hls.dataflow.folded import FoldedGraph, all_hardware, is_video
from hls.dataflow.windows import SharedWindow, shared_windows
from ops import Hardware, Node, TensorType
from ops.naming import identifier


@dataclass(frozen=True)
class Port:
    """One of the AXI4-Stream ports: what tensor passes, and how many bits `tdata` has."""

    name: str
    kind: TensorType
    video: bool

    @property
    def lanes(self) -> int:
        """Elements in one beat: the pixel of video, or a single latent."""
        return self.kind.channels if self.video else 1

    @property
    def data_width(self) -> int:
        """Bits of tdata, whole bytes."""
        return -(-self.lanes * self.kind.fixed.width // 8) * 8

    @property
    def described(self) -> str:
        """What it carries, in words."""
        if self.video:
            return "RGB video, red in the low byte"
        return f"{self.kind.channels} channels of {self.kind.fixed} a pixel, one a beat, channel fastest"


@dataclass(frozen=True)
class Ports:
    """A folded graph and its AXI4-Stream ports: all that the shell around a data flow depends on."""

    folded: FoldedGraph
    input_port: Port
    output_port: Port

    @classmethod
    def of(cls, folded: FoldedGraph) -> Ports:
        """The ports of a folded graph."""
        return cls(folded, port_of(folded, folded.graph.input_name), port_of(folded, folded.graph.output_name))


@dataclass(frozen=True)
class Consumer:
    """A taker of a tensor: input `index` of `node`, or the output port where `node` is None.

    Before it lies a FIFO of `depth` beats (none where 0); `lanes` is what it takes in one beat. Where it is `sliced`, a
    register slice comes last: its ready follows that of its own taker, and is to go no further within a cycle.
    """

    node: Node | None
    index: int
    depth: int
    lanes: int
    sliced: bool = False

    @property
    def name(self) -> str:
        """Prefix of the signals of its own stream."""
        return "out" if self.node is None else f"{identifier(self.node.name)}_in{self.index}"


@dataclass(frozen=True)
class TensorStream:
    """The stream of one tensor: `lanes` elements of `kind.fixed.width` bits in a beat."""

    name: str
    kind: TensorType
    lanes: int
    consumers: tuple[Consumer, ...]

    @property
    def identifier(self) -> str:
        """Prefix of its signals, and name of its tap file."""
        return identifier(self.name)

    @property
    def width(self) -> int:
        """Bits of a beat."""
        return self.lanes * self.kind.fixed.width


@dataclass(frozen=True)
class DataflowPlan:
    """Everything that the renderers of a transform need to know."""

    folded: FoldedGraph
    hardware: Mapping[str, Hardware]
    streams: Mapping[str, TensorStream]
    depths: Mapping[Edge, int]
    input_port: Port
    output_port: Port
    windows: tuple[SharedWindow, ...] = ()
    """The window buffers of all convolutions, each of one or of several."""

    @property
    def ports(self) -> Ports:
        """What the shell around the data flow depends on."""
        return Ports(self.folded, self.input_port, self.output_port)

    @classmethod
    def of(cls, folded: FoldedGraph, depths: Mapping[Edge, int] | None = None) -> DataflowPlan:
        """The plan of a folded graph, with other FIFO depths (in beats) than the computed ones where given."""
        hardware = all_hardware(folded)
        depths = fifo_depths(folded, hardware) | dict(depths or {})
        graph = folded.graph
        windows = _windows(folded, hardware)
        # The first of the nodes that share a window buffer takes the tensor for all.
        without_buffer = {node.name for window in windows for node in window.nodes[1:]}
        output_port = port_of(folded, graph.output_name)
        streams = {}
        for name, kind in graph.types.items():
            lanes = hardware[name].output_lanes if name in hardware else input_lanes(folded)
            takers = [
                _consumer(node, index, depths.get((node.name, index), 0), hardware[node.name])
                for node in graph.nodes
                for index, source in enumerate(node.inputs)
                if source == name and node.name not in without_buffer
            ]
            if name == graph.output_name:
                takers.append(Consumer(None, 0, 0, output_port.lanes, sliced=True))
            streams[name] = TensorStream(name, kind, lanes, tuple(takers))
        input_port = port_of(folded, graph.input_name)
        return cls(folded, hardware, streams, depths, input_port, output_port, windows)

    def window_of(self, node: Node) -> SharedWindow | None:
        """The window buffer that a node reads; None where it is no convolution."""
        return next((window for window in self.windows if node in window.nodes), None)


def _consumer(node: Node, index: int, depth: int, hardware: Hardware) -> Consumer:
    return Consumer(node, index, depth, hardware.input_lanes[index], hardware.passes_ready)


def port_of(folded: FoldedGraph, name: str) -> Port:
    """The AXI4-Stream port that the tensor `name` passes."""
    return Port(name, folded.graph.types[name], is_video(folded, name))


def _windows(folded: FoldedGraph, hardware: Mapping[str, Hardware]) -> tuple[SharedWindow, ...]:
    """Those that several convolutions read, then those of one."""
    shared = shared_windows(folded, hardware)
    sharing = {node.name for window in shared for node in window.nodes}
    alone = [node for node in folded.graph.nodes if node.operation.is_convolution and node.name not in sharing]
    return (*shared, *(SharedWindow(node.inputs[0], (node,)) for node in alone))
