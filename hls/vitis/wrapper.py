"""The SystemVerilog around the RTL that Vitis HLS makes of the project: the top of our RTL with that core inside."""

from __future__ import annotations

from pathlib import Path

from hls.dataflow.folded import FoldedGraph
from hls.rtl.library import PACKAGE, library, modules_used
from hls.rtl.plan import Port, Ports
from hls.rtl.project import SOURCES
from hls.rtl.registers import render_package
from hls.rtl.systemverilog import instance
from hls.rtl.top import SIZE_WIDTH, flow_streams, render_shell, top_name
from ops.naming import identifier

CONTROL = "s_axi_control"
"""Prefix that Vitis gives the AXI4-Lite signals of the bundle `control`."""

_MASTER = ("awaddr", "awvalid", "wdata", "wvalid", "bready", "araddr", "arvalid", "rready")
_SLAVE = ("awready", "wready", "bvalid", "arready", "rdata", "rvalid")
_RANGES = {"awaddr": "[4:0] ", "araddr": "[4:0] ", "wdata": "[31:0] ", "rdata": "[31:0] "}


def write_wrapper(folded: FoldedGraph, folder: Path) -> None:
    """Writes the top, and the modules that it takes beside the core, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = Ports.of(folded)
    top = render_wrapper(ports)
    files = {f"{name}.sv": text for name, text in modules_used(top, library()).items()}
    files = {PACKAGE: render_package(), **files, f"{top_name(ports)}.sv": top}
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / SOURCES).write_text("".join(f"{name}\n" for name in files))


def render_wrapper(ports: Ports) -> str:
    """The module `<graph name>_top` around the core `<graph name>`."""
    return render_shell(ports, "\n".join([_signals(ports), _bridge(ports), _core(ports)]), begin="begin")


def _signals(ports: Ports) -> str:
    lines = ["  logic begin_valid, begin_ready;"]
    for prefix, port in (("core_s", ports.input_port), ("core_m", ports.output_port)):
        lines.append(f"  logic {prefix}_valid, {prefix}_ready, {prefix}_last;")
        lines.append(f"  logic [{port.data_width - 1}:0] {prefix}_data;")
    lines.append("  logic core_s_user;")
    lines += [f"  logic {_RANGES.get(name, '')}core_{name};" for name in (*_MASTER, *_SLAVE)]
    return "\n".join([*lines, ""])


def _bridge(ports: Ports) -> str:
    entering, leaving = flow_streams(ports)
    rate = ports.output_port.kind.rate / ports.input_port.kind.rate
    parameters = {
        **_described("In", ports.input_port),
        **_described("Out", ports.output_port),
        "RateNumerator": rate.numerator,
        "RateDenominator": rate.denominator,
        "SizeWidth": SIZE_WIDTH,
    }
    connections = {"clk_i": "clk_i", "rst_ni": "flow_rst_n", "start_valid_i": "start_valid"}
    connections |= {"start_ready_o": "start_ready", "begin_valid_o": "begin_valid", "begin_ready_i": "begin_ready"}
    connections |= {"width_i": "width", "height_i": "height"} | entering.as_input() | leaving.as_output()
    outward = ("s_valid", "s_data", "s_user", "s_last", "m_ready", *_MASTER)
    inward = ("s_ready", "m_valid", "m_data", "m_last", *_SLAVE)
    connections |= {f"core_{name}_o": f"core_{name}" for name in outward}
    connections |= {f"core_{name}_i": f"core_{name}" for name in inward}
    return instance("core_bridge", "u_bridge", parameters, connections)


def _described(prefix: str, port: Port) -> dict[str, int]:
    return {
        f"{prefix}Width": port.lanes * port.kind.fixed.width,
        f"{prefix}DataWidth": port.data_width,
        f"{prefix}Video": int(port.video),
    }


def _core(ports: Ports) -> str:
    """The core under the names that Vitis HLS gives its ports; a byte of a beat is always valid."""
    connections = {"ap_clk": "clk_i", "ap_rst_n": "flow_rst_n"}
    for axis, prefix, port in (("s_axis", "core_s", ports.input_port), ("m_axis", "core_m", ports.output_port)):
        connections |= {f"{axis}_T{name.upper()}": f"{prefix}_{name}" for name in ("valid", "ready", "data", "last")}
        inward = prefix == "core_s"
        valid_bytes = f"{{{port.data_width // 8}{{1'b1}}}}" if inward else ""
        connections |= {f"{axis}_TKEEP": valid_bytes, f"{axis}_TSTRB": valid_bytes}
        connections[f"{axis}_TUSER"] = "core_s_user" if inward else ""
    connections |= {f"{CONTROL}_{name.upper()}": f"core_{name}" for name in (*_MASTER, *_SLAVE)}
    connections |= {f"{CONTROL}_WSTRB": "4'hF", f"{CONTROL}_BRESP": "", f"{CONTROL}_RRESP": "", "interrupt": ""}
    return instance(identifier(ports.folded.graph.name), "u_core", {}, connections)
