"""RTL as another tool would deliver it: ours under other file names and a wrapper, and a stand-in for an HLS core."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from hls.rtl import RtlProject
from hls.rtl.registers import AXI_LITE
from hls.rtl.top import axis_names
from hls.vitis.wrapper import write_wrapper


def renamed(project: RtlProject, folder: Path) -> None:
    """Every module in a file of another name, our top called `vendor_core` and wrapped in a module with our ports."""
    (folder / "modules").mkdir(parents=True)
    for index, path in enumerate(reversed(project.sources)):
        text = re.sub(rf"\b{project.top}\b", "vendor_core", path.read_text())
        (folder / "modules" / f"unit_{index:02}{path.suffix}").write_text(text)
    shutil.copytree(project.folder / "rom", folder / "rom")
    (folder / "wrapper.v").write_text(pass_through(project))


def pass_through(project: RtlProject) -> str:
    """Plain Verilog with the ports of the project's top, and nothing in it but `vendor_core`."""
    ports = [("input ", "", "clk_i"), ("input ", "", "rst_ni")]
    ports += [(direction, bits, f"s_axil_{name}") for direction, bits, name in AXI_LITE]
    for prefix, port, into in (("s_axis", "input", True), ("m_axis", "output", False)):
        design = project.design[port]
        for name in axis_names(prefix, design["video"]):
            bits = f"[{design['data_width'] - 1}:0] " if name.endswith("tdata") else ""
            ports.append(("input " if into != name.endswith("tready") else "output", bits, name))
    header = ",\n".join(f"  {direction} wire {bits}{name}" for direction, bits, name in ports)
    connections = ", ".join(f".{name}({name})" for _, _, name in ports)
    return f"module {project.top} (\n{header}\n);\n  vendor_core u_core ({connections});\nendmodule\n"


def behind_hls_ports(project: RtlProject, folder: Path, folded: object) -> None:
    """The wrapper of the HLS project around a core with the ports and registers that Vitis HLS gives it.

    The core is a stand-in: within, it is the data flow of our RTL, called `flow`.
    """
    name = project.design["name"]
    write_wrapper(folded, folder)  # type: ignore[arg-type]
    (folder / "sources.f").unlink()
    for path in project.sources:
        if path.stem != project.top:
            (folder / path.name).write_text(re.sub(rf"\bmodule {name}\b", "module flow", path.read_text()))
    shutil.copytree(project.folder / "rom", folder / "rom")
    (folder / "stand_in.sv").write_text(_stand_in(project))


def _stand_in(project: RtlProject) -> str:
    source, result = project.design["input"], project.design["output"]
    in_width, out_width = ((p["channels"] if p["video"] else 1) * p["width"] for p in (source, result))
    adapter_in = f"axis_video_in #(.Width({in_width}))"
    if not source["video"]:
        channels = f".Channels({source['channels']})"
        adapter_in = f"axis_latents_in #(.DataWidth({source['data_width']}), .Width({in_width}), {channels})"
    adapter_out = f"axis_video_out #(.Width({out_width}))"
    if not result["video"]:
        signed = f".Signed({int(result['signed'])})"
        adapter_out = f"axis_latents_out #(.DataWidth({result['data_width']}), .Width({out_width}), {signed})"
    return STAND_IN.format(
        name=project.design["name"],
        in_bits=source["data_width"],
        out_bits=result["data_width"],
        in_width=in_width,
        out_width=out_width,
        adapter_in=adapter_in,
        adapter_out=adapter_out,
        user_in=".packets_i(1'b0), .s_axis_tuser(s_axis_TUSER)," if source["video"] else "",
        user_out=".packets_i(1'b0), .m_axis_tuser(m_axis_TUSER), .in_eol_i(out_eol)," if result["video"] else "",
    )


STAND_IN = """
module {name} (
  input  logic ap_clk, ap_rst_n,
  input  logic [{in_bits}-1:0] s_axis_TDATA,
  input  logic s_axis_TVALID, s_axis_TUSER, s_axis_TLAST,
  input  logic [{in_bits}/8-1:0] s_axis_TKEEP, s_axis_TSTRB,
  output logic s_axis_TREADY,
  output logic [{out_bits}-1:0] m_axis_TDATA,
  output logic m_axis_TVALID, m_axis_TUSER, m_axis_TLAST,
  output logic [{out_bits}/8-1:0] m_axis_TKEEP, m_axis_TSTRB,
  input  logic m_axis_TREADY,
  input  logic [4:0] s_axi_control_AWADDR, s_axi_control_ARADDR,
  input  logic s_axi_control_AWVALID, s_axi_control_WVALID, s_axi_control_BREADY, s_axi_control_ARVALID,
  input  logic [31:0] s_axi_control_WDATA,
  input  logic [3:0] s_axi_control_WSTRB,
  input  logic s_axi_control_RREADY,
  output logic s_axi_control_AWREADY, s_axi_control_WREADY, s_axi_control_BVALID, s_axi_control_ARREADY,
  output logic [31:0] s_axi_control_RDATA,
  output logic [1:0] s_axi_control_BRESP, s_axi_control_RRESP,
  output logic s_axi_control_RVALID, interrupt
);
  // As Vitis' control block: the address first, then the data, then the response.
  typedef enum logic [1:0] {{Address, Data, Response}} write_e;
  write_e      write_q;
  logic [4:0]  address_q;
  logic [31:0] height_q, width_q;
  logic        start_q, busy_q, start_ready, frame_end;
  assign s_axi_control_AWREADY = write_q == Address;
  assign s_axi_control_WREADY  = write_q == Data;
  assign s_axi_control_BVALID  = write_q == Response;
  assign s_axi_control_ARREADY = !s_axi_control_RVALID;
  assign {{s_axi_control_BRESP, s_axi_control_RRESP, interrupt, m_axis_TKEEP, m_axis_TSTRB}} = '0;
  always_ff @(posedge ap_clk) begin
    if (!ap_rst_n) begin
      write_q <= Address;
      {{start_q, busy_q, s_axi_control_RVALID}} <= '0;
    end else begin
      if (write_q == Address && s_axi_control_AWVALID) write_q <= Data;
      if (write_q == Data && s_axi_control_WVALID) write_q <= Response;
      if (write_q == Response && s_axi_control_BREADY) write_q <= Address;
      if (s_axi_control_AWVALID && s_axi_control_AWREADY) address_q <= s_axi_control_AWADDR;
      if (start_q && start_ready) {{start_q, busy_q}} <= 2'b01;
      if (frame_end) busy_q <= 1'b0;
      if (s_axi_control_WVALID && s_axi_control_WREADY) begin
        if (address_q == 5'h00) start_q <= s_axi_control_WDATA[0];
        if (address_q == 5'h10) height_q <= s_axi_control_WDATA;
        if (address_q == 5'h18) width_q <= s_axi_control_WDATA;
      end
      s_axi_control_RVALID <= s_axi_control_ARVALID && !s_axi_control_RVALID;
      s_axi_control_RDATA  <= {{29'd0, !busy_q && !start_q, 1'b0, start_q}};
    end
  end
  logic in_valid, in_ready, in_eol, in_eof, out_valid, out_ready, out_eol, out_eof;
  logic [{in_width}-1:0] in_data;
  logic [{out_width}-1:0] out_data;
  {adapter_in} u_in (
    .clk_i(ap_clk), .rst_ni(ap_rst_n), .flow_rst_ni(ap_rst_n), .flush_i(1'b0), .discarding_o(), {user_in}
    .start_valid_i(start_q), .start_ready_o(start_ready), .width_i(width_q[15:0]), .height_i(height_q[15:0]),
    .frame_begin_o(), .error_start_o(), .error_last_o(),
    .s_axis_tvalid(s_axis_TVALID), .s_axis_tready(s_axis_TREADY), .s_axis_tdata(s_axis_TDATA),
    .s_axis_tlast(s_axis_TLAST),
    .out_valid_o(in_valid), .out_ready_i(in_ready), .out_data_o(in_data), .out_eol_o(in_eol), .out_eof_o(in_eof)
  );
  flow u_flow (
    .clk_i(ap_clk), .rst_ni(ap_rst_n),
    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data), .in_eol_i(in_eol), .in_eof_i(in_eof),
    .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data), .out_eol_o(out_eol), .out_eof_o(out_eof)
  );
  {adapter_out} u_out (
    .clk_i(ap_clk), .rst_ni(ap_rst_n), .flow_rst_ni(ap_rst_n), .frame_end_o(frame_end), {user_out}
    .in_valid_i(out_valid), .in_ready_o(out_ready), .in_data_i(out_data), .in_eof_i(out_eof),
    .m_axis_tvalid(m_axis_TVALID), .m_axis_tready(m_axis_TREADY), .m_axis_tdata(m_axis_TDATA),
    .m_axis_tlast(m_axis_TLAST)
  );
endmodule
"""
