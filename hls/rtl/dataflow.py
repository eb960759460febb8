"""Renders the dataflow of a transform: one instance for each node, and the fabric between them."""

from __future__ import annotations

from collections.abc import Iterator

from hls.dataflow.windows import SharedWindow
from hls.rtl.plan import Consumer, DataflowPlan, TensorStream
from hls.rtl.systemverilog import CLOCK, Stream, instance
from hls.rtl.windows import geometry, settings, window_buffer, window_ports
from ops import Memory, Node
from ops.banks import bank_words, banked
from ops.naming import identifier, snake_case

TAPS = "SAPM_TAPS"
"""The macro under which every tensor is tapped."""

WEIGHTS = "WeightFile"
"""The parameter that names the weights of a convolution."""

ROM_FOLDER = "RomFolder"
"""The parameter of a top and its dataflow that says where `rom/` lies; the folder that the tool runs in unless set."""


def module_of(node: Node) -> str:
    """The module of a node's operation."""
    return snake_case(type(node.operation).__name__)


def memory_file(node: str, parameter: str) -> str:
    """Path of a ROM's contents within the project."""
    return f"rom/{identifier(node)}_{snake_case(parameter)}.mem"


def rom_parameter(plan: DataflowPlan) -> str:
    """The parameter list of a module that holds ROMs; nothing where there is none."""
    is_used = any(hardware.memories for hardware in plan.hardware.values())
    return f' #(\n  parameter {ROM_FOLDER} = "./"\n)' if is_used else ""


def _rom_bank(plan: DataflowPlan, node: str, parameter: str, memory: Memory) -> int:
    """Words of a bank of a node's ROM in block memories; 0 where its place is left to the tool."""
    return bank_words(memory) if parameter == WEIGHTS and node in plan.folded.in_blocks else 0


def rom_files(plan: DataflowPlan) -> Iterator[tuple[str, str, Memory]]:
    """Every file that a ROM is read from: its path within the project, the node, what it holds."""
    for node, hardware in plan.hardware.items():
        for parameter, memory in hardware.memories.items():
            for suffix, part in banked(memory, _rom_bank(plan, node, parameter, memory)).items():
                yield memory_file(node, parameter) + suffix, node, part


def render_dataflow(plan: DataflowPlan) -> str:
    """The module of the graph's name."""
    graph = plan.folded.graph
    parts = [_header(plan), _tap_clock()]
    parts += [_tensor(plan, stream) for stream in plan.streams.values()]
    parts += [_window(plan, window) for window in plan.windows]
    parts += [_node(plan, node) for node in graph.nodes]
    return "\n".join([*parts, "endmodule\n"])


def _header(plan: DataflowPlan) -> str:
    graph = plan.folded.graph
    in_width = plan.streams[graph.input_name].width
    out_width = plan.output_port.lanes * graph.output_type.fixed.width
    return f"""\
// The dataflow of the transform {graph.name}: {graph.input_name} to {graph.output_name}; generated.
//
// Fingerprint of the graph: {graph.fingerprint().hex()}

module {identifier(graph.name)}{rom_parameter(plan)} (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic in_valid_i,
  output logic in_ready_o,
  input  logic [{in_width - 1}:0] in_data_i,
  input  logic in_eol_i,
  input  logic in_eof_i,

  output logic out_valid_o,
  input  logic out_ready_i,
  output logic [{out_width - 1}:0] out_data_o,
  output logic out_eol_o,
  output logic out_eof_o
);
"""


def _tap_clock() -> str:
    return f"""\
`ifdef {TAPS}
  logic [31:0] tap_cycle_q;
  always_ff @(posedge clk_i) begin
    tap_cycle_q <= rst_ni ? tap_cycle_q + 1'b1 : '0;
  end
`endif
"""


def _tensor(plan: DataflowPlan, tensor: TensorStream) -> str:
    own = Stream.named(tensor.identifier, tensor.width)
    kind = tensor.kind
    text = f"  // {tensor.name}: {kind.channels} channels of {kind.fixed}, {tensor.lanes} a beat\n" + own.declaration()
    if tensor.name == plan.folded.graph.input_name:
        entering = Stream("in_valid_i", "in_ready_o", "in_data_i", "in_eol_i", "in_eof_i", tensor.width)
        text += _slice(tensor.identifier, entering, own)
    text += _tap(tensor, own) + _fork(tensor, own)
    for position, consumer in enumerate(tensor.consumers):
        text += _branch(tensor, consumer, _fork_end(tensor, own, position))
    return text


def _connected(source: Stream, target: Stream) -> str:
    return (
        f"  assign {target.valid} = {source.valid};\n"
        f"  assign {source.ready} = {target.ready};\n"
        f"  assign {target.data} = {source.data};\n"
        f"  assign {target.eol} = {source.eol};\n"
        f"  assign {target.eof} = {source.eof};\n"
    )


def _tap(tensor: TensorStream, own: Stream) -> str:
    ports = CLOCK | {
        "cycle_i": "tap_cycle_q",
        "valid_i": own.valid,
        "ready_i": own.ready,
        "data_i": own.data,
        "eol_i": own.eol,
        "eof_i": own.eof,
    }
    parameters = {"Width": tensor.width, "Name": f'"{tensor.identifier}"'}
    return f"`ifdef {TAPS}\n" + instance("stream_tap", f"u_{tensor.identifier}_tap", parameters, ports) + "`endif\n"


def _fork(tensor: TensorStream, own: Stream) -> str:
    count = len(tensor.consumers)
    if count == 0:
        return f"  assign {own.ready} = 1'b1;\n  logic {tensor.identifier}_unused;\n" + (
            f"  assign {tensor.identifier}_unused = ^{{{own.valid}, {own.data}, {own.eol}, {own.eof}}};\n"
        )
    if count == 1:
        return ""
    valid, ready = f"{tensor.identifier}_fork_valid", f"{tensor.identifier}_fork_ready"
    ports = CLOCK | {"in_valid_i": own.valid, "in_ready_o": own.ready, "out_valid_o": valid, "out_ready_i": ready}
    return f"  logic [{count - 1}:0] {valid}, {ready};\n" + instance(
        "stream_fork", f"u_{tensor.identifier}_fork", {"Outputs": count}, ports
    )


def _fork_end(tensor: TensorStream, own: Stream, position: int) -> Stream:
    if len(tensor.consumers) == 1:
        return own
    fork = f"{tensor.identifier}_fork"
    return Stream(f"{fork}_valid[{position}]", f"{fork}_ready[{position}]", own.data, own.eol, own.eof, own.width)


def _branch(tensor: TensorStream, consumer: Consumer, source: Stream) -> str:
    element = tensor.kind.fixed.width
    name = consumer.name
    text = ""
    if consumer.depth:
        waiting = Stream.named(f"{name}_fifo", tensor.width)
        parameters = {"Width": tensor.width, "Depth": consumer.depth}
        text += waiting.declaration()
        text += instance("stream_fifo", f"u_{name}_fifo", parameters, CLOCK | source.as_input() | waiting.as_output())
        source = waiting
    if consumer.lanes != tensor.lanes:
        converted = Stream.named(f"{name}_lanes", consumer.lanes * element)
        parameters = {"ElementWidth": element, "InLanes": tensor.lanes, "OutLanes": consumer.lanes}
        ports = CLOCK | source.as_input() | converted.as_output()
        text += converted.declaration() + instance("stream_width_converter", f"u_{name}_lanes", parameters, ports)
        source = converted
    if consumer.node is None:
        target = Stream("out_valid_o", "out_ready_i", "out_data_o", "out_eol_o", "out_eof_o", source.width)
    else:
        target = Stream.named(name, source.width)
        text += target.declaration()
    return text + (_slice(name, source, target) if consumer.sliced else _connected(source, target))


def _slice(name: str, source: Stream, target: Stream) -> str:
    ports = CLOCK | source.as_input() | target.as_output()
    return instance("stream_slice", f"u_{name}_slice", {"Width": source.width}, ports)


def _node(plan: DataflowPlan, node: Node) -> str:
    """The instance of a node's module; parameters of the geometry are set where the module has them."""
    hardware, window = plan.hardware[node.name], plan.window_of(node)
    files = {parameter: f'{{{ROM_FOLDER}, "{memory_file(node.name, parameter)}"}}' for parameter in hardware.memories}
    own: dict[str, int | str] = {**hardware.parameters, **files}
    if node.name in plan.folded.in_blocks:
        own["WeightBank"] = _rom_bank(plan, node.name, WEIGHTS, hardware.memories[WEIGHTS])
    values = settings(module_of(node), _geometry(plan, node), own, window is not None)
    ports = CLOCK | (window_ports(_window_name(window), window.nodes.index(node)) if window else _inputs(node))
    ports |= Stream.named(identifier(node.name), 0).as_output()
    return instance(module_of(node), f"u_{identifier(node.name)}", values, ports)


def _inputs(node: Node) -> dict[str, str]:
    ports: dict[str, str] = {}
    for index in range(len(node.inputs)):
        prefix = "in" if len(node.inputs) == 1 else f"in{index}"
        ports |= Stream.named(Consumer(node, index, 0, 0).name, 0).as_input(prefix)
    return ports


def _window_name(window: SharedWindow) -> str:
    return f"{identifier(window.nodes[0].name)}_window"


def _window(plan: DataflowPlan, window: SharedWindow) -> str:
    """The window buffer of one array, or of several that read it in step."""
    first = window.nodes[0]
    readers = " and ".join(node.name for node in window.nodes)
    stream = Stream.named(Consumer(first, 0, 0, 0).name, 0)
    values = {**_geometry(plan, first), **plan.hardware[first.name].parameters}
    text = window_buffer(_window_name(window), stream, values, len(window.nodes))
    return f"  // The windows of {window.source} for {readers}\n{text}"


def _geometry(plan: DataflowPlan, node: Node) -> dict[str, object]:
    """The parameters that follow from the types, lanes and largest size of a node's inputs and output."""
    graph = plan.folded.graph
    width = graph.size_of(node.inputs[0], plan.folded.max_height, plan.folded.max_width)[1]
    inputs = [graph.types[source] for source in node.inputs]
    return geometry(inputs, graph.types[node.name], plan.hardware[node.name], width)
