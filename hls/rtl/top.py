"""Renders the top of a transform: AXI4-Stream ports, AXI4-Lite registers, and the dataflow between them."""

from __future__ import annotations

from hls.rtl.dataflow import ROM_FOLDER, rom_parameter
from hls.rtl.plan import DataflowPlan, Port, Ports
from hls.rtl.registers import AXI_LITE, transform_code
from hls.rtl.systemverilog import CLOCK, Stream, instance
from ops.naming import identifier
from ops.registers import field

SIZE_WIDTH = 16
"""Bits of a width or height."""

FLOW_CLOCK = CLOCK | {"flow_rst_ni": "flow_rst_n"}
"""Connections of clock, reset, and the reset of the data flow, which a soft reset applies as well."""


UNUSED_PACKETS = "  logic unused_packets;\n  assign unused_packets = packets;\n"
"""What stands where neither port is video, whose frames alone can be marked in two ways."""


def top_name(plan: Ports | DataflowPlan) -> str:
    """Name of the top module."""
    return f"{identifier(plan.folded.graph.name)}_top"


def axis_names(prefix: str, video: bool) -> list[str]:
    """Names of the AXI4-Stream signals of a port."""
    signals = ("tvalid", "tready", "tdata", *(("tuser",) if video else ()), "tlast")
    return [f"{prefix}_{signal}" for signal in signals]


def axis_ports(prefix: str, port: Port) -> list[tuple[str, bool, str]]:
    """The AXI4-Stream signals of a port: name, whether they go with the data, and range."""
    bits = {"tdata": f"[{port.data_width - 1}:0] "}
    names = axis_names(prefix, port.video)
    signals = [(name, name.removeprefix(f"{prefix}_")) for name in names]
    return [(name, signal != "tready", bits.get(signal, "")) for name, signal in signals]


def render_top(plan: DataflowPlan) -> str:
    """The module `<graph name>_top`."""
    name = identifier(plan.folded.graph.name)
    entering, leaving = flow_streams(plan.ports)
    flow_ports = {"clk_i": "clk_i", "rst_ni": "flow_rst_n"} | entering.as_input() | leaving.as_output()
    roms = rom_parameter(plan)
    passed = {ROM_FOLDER: ROM_FOLDER} if roms else {}
    return render_shell(plan.ports, instance(name, f"u_{name}", passed, flow_ports), parameters=roms)


def flow_streams(ports: Ports) -> tuple[Stream, Stream]:
    """The streams from the input adapter and to the output adapter."""
    widths = [port.lanes * port.kind.fixed.width for port in (ports.input_port, ports.output_port)]
    return Stream.named("entering", widths[0]), Stream.named("leaving", widths[1])


def render_shell(ports: Ports, flow: str, begin: str = "start", parameters: str = "") -> str:
    """The module `<graph name>_top`: registers and adapters around `flow`, which takes `entering` and gives `leaving`.

    `begin` is the prefix of the handshake that starts the input adapter, `parameters` the list of the module's own.
    """
    entering, leaving = flow_streams(ports)
    parts = [
        _header(ports, parameters),
        _signals(entering, leaving),
        "" if ports.input_port.video or ports.output_port.video else UNUSED_PACKETS,
        _control(ports),
        _input_adapter(ports, entering, begin),
        flow,
        _output_adapter(ports, leaving),
    ]
    return "\n".join([*parts, "endmodule\n"])


def _header(plan: Ports, parameters: str) -> str:
    lines = ["  input  logic clk_i", "  input  logic rst_ni"]
    lines += [f"  {direction} logic {bits}s_axil_{name}" for direction, bits, name in AXI_LITE]
    for prefix, port, inward in (("s_axis", plan.input_port, True), ("m_axis", plan.output_port, False)):
        for name, forward, bits in axis_ports(prefix, port):
            lines.append(f"  {'input ' if forward == inward else 'output'} logic {bits}{name}")
    ports = ",\n".join(lines)
    graph = plan.folded.graph
    return (
        f"// Top of the transform {graph.name}: AXI4-Stream in and out, AXI4-Lite registers; generated.\n//\n"
        f"// s_axis carries {plan.input_port.described}; m_axis carries {plan.output_port.described}.\n\n"
        f"module {top_name(plan)}{parameters} (\n{ports}\n);\n"
    )


def _signals(entering: Stream, leaving: Stream) -> str:
    return (
        "  logic flow_rst_n, flush, packets, discarding;\n  logic start_valid, start_ready;\n"
        f"  logic [{SIZE_WIDTH - 1}:0] width, height;\n"
        "  logic frame_begin, frame_end, error_start, error_last;\n" + entering.declaration() + leaving.declaration()
    )


def _control(plan: Ports) -> str:
    folded = plan.folded
    parameters = {
        "ModelHash": f"256'h{folded.graph.fingerprint()[::-1].hex()}",
        "Transform": f"32'h{transform_code(folded.graph.name):08X}",
        "InputPort": _word(_port_word("InputPort", plan.input_port)),
        "OutputPort": _word(_port_word("OutputPort", plan.output_port)),
        "Rate": _word(_rate_word(plan)),
        "MaxWidth": folded.max_width,
        "MaxHeight": folded.max_height,
        "Granularity": folded.graph.granularity,
        "SizeWidth": SIZE_WIDTH,
    }
    ports = CLOCK | {f"s_axil_{name}": f"s_axil_{name}" for _, _, name in AXI_LITE}
    ports |= {
        "flow_rst_no": "flow_rst_n",
        "flush_o": "flush",
        "packets_o": "packets",
        "discarding_i": "discarding",
        "start_valid_o": "start_valid",
        "start_ready_i": "start_ready",
        "width_o": "width",
        "height_o": "height",
        "frame_begin_i": "frame_begin",
        "frame_end_i": "frame_end",
        "error_start_i": "error_start",
        "error_last_i": "error_last",
    }
    return instance("control_registers", "u_registers", parameters, ports)


def _word(value: int) -> str:
    return f"32'h{value:08X}"


def _port_word(register: str, port: Port) -> int:
    """Contents of the registers `InputPort` and `OutputPort`."""
    fixed = port.kind.fixed
    contents = {"Channels": port.kind.channels, "Width": fixed.width, "Signed": fixed.signed, "Video": port.video}
    return sum(field(register, name).holding(int(content)) for name, content in contents.items())


def _rate_word(plan: Ports) -> int:
    """Contents of the register `Rate`."""
    rate = plan.output_port.kind.rate / plan.input_port.kind.rate
    return field("Rate", "Numerator").holding(rate.numerator) + field("Rate", "Denominator").holding(rate.denominator)


def _input_adapter(plan: Ports, entering: Stream, begin: str) -> str:
    port = plan.input_port
    ports = FLOW_CLOCK | {
        "flush_i": "flush",
        "discarding_o": "discarding",
        "start_valid_i": f"{begin}_valid",
        "start_ready_o": f"{begin}_ready",
        "width_i": "width",
        "height_i": "height",
        "frame_begin_o": "frame_begin",
        "error_start_o": "error_start",
        "error_last_o": "error_last",
    }
    ports |= {name: name for name, _, _ in axis_ports("s_axis", port)}
    ports |= entering.as_output()
    if port.video:
        ports["packets_i"] = "packets"
        return instance("axis_video_in", "u_input", {"Width": entering.width, "SizeWidth": SIZE_WIDTH}, ports)
    parameters = {
        "DataWidth": port.data_width,
        "Width": entering.width,
        "Channels": port.kind.channels,
        "SizeWidth": SIZE_WIDTH,
    }
    return instance("axis_latents_in", "u_input", parameters, ports)


def _output_adapter(plan: Ports, leaving: Stream) -> str:
    port = plan.output_port
    ports = FLOW_CLOCK | {"frame_end_o": "frame_end"} | leaving.as_input()
    ports |= {name: name for name, _, _ in axis_ports("m_axis", port)}
    if port.video:
        ports["packets_i"] = "leaving_packets"
        return f"{_framing(leaving)}\n" + instance("axis_video_out", "u_output", {"Width": leaving.width}, ports)
    del ports["in_eol_i"]
    parameters = {"DataWidth": port.data_width, "Width": leaving.width, "Signed": int(port.kind.fixed.signed)}
    unused = "  logic unused_eol;\n  assign unused_eol = leaving_eol;\n"
    return unused + instance("axis_latents_out", "u_output", parameters, ports)


def _framing(leaving: Stream) -> str:
    """What tells the output adapter how each frame is marked: it may have been chosen anew since the frame began."""
    ports = {
        "clk_i": "clk_i",
        "rst_ni": "flow_rst_n",
        "start_i": "start_valid && start_ready",
        "packets_i": "packets",
        "end_i": f"{leaving.valid} && {leaving.ready} && {leaving.eof}",
        "packets_o": "leaving_packets",
    }
    return "  logic leaving_packets;\n" + instance("frame_framing", "u_framing", {}, ports)
