"""Block memories of devices as modules for simulation: the ports and parameters that Yosys sets, around one model.

Yosys has models of all other cells that it maps to; of these it knows the names alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

MODEL = Path(__file__).with_name("models") / "block_memory.sv"
"""What the modules are made of."""

LATTICE = "DP16KD"
"""The block memory of ECP5: 16 kbit and ninth bits."""

XILINX = {
    "RAMB18E1": (1, "DI", "DO"),
    "RAMB36E1": (2, "DI", "DO"),
    "RAMB18E2": (1, "DIN", "DOUT"),
    "RAMB36E2": (2, "DIN", "DOUT"),
}
"""Those of Xilinx families: halves of 18 kbit, and what the data ports begin with."""

UNUSED = {
    "1": ("REGCEAREGCE", "REGCEB", "RSTREGARSTREG", "RSTREGB"),
    "2": ("REGCEAREGCE", "REGCEB", "RSTREGARSTREG", "RSTREGB", "ADDRENA", "ADDRENB", "SLEEP"),
}
"""Ports that stand for what Yosys leaves out, by generation: output registers, sleep."""


def _listed(words: Iterable[str], indent: str = "  ") -> str:
    return fill(", ".join(words), 118, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def xilinx_memory(name: str) -> str:
    """The module of a Xilinx block memory; words as wide as both ports are written by B and read by A."""
    halves, entering, leaving = XILINX[name]
    data, ninth, lanes = 64 * halves, 8 * halves, 2 * halves  # Words of initial contents; bytes of a port.
    words = [f"INIT_{index:02X}" for index in range(data)] + [f"INITP_{index:02X}" for index in range(ninth)]
    unused = UNUSED[name[-1]]
    address = 14 + (halves - 1) + (name == "RAMB36E1")  # Whose top bit is for cascades.
    return f"""\
module {name} #(
  parameter READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0, DOA_REG = 0, DOB_REG = 0,
  parameter WRITE_MODE_A = "NO_CHANGE", WRITE_MODE_B = "NO_CHANGE", RAM_MODE = "TDP", SIM_DEVICE = "",
  parameter RAM_EXTENSION_A = "NONE", RAM_EXTENSION_B = "NONE", INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0,
  parameter [255:0]
{_listed((f"{word} = 0" for word in words), "    ")}
) (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, RSTRAMARSTRAM, RSTRAMB,
  input {", ".join(unused)},
  input [{address - 1}:0] ADDRARDADDR, ADDRBWRADDR,
  input [{lanes - 1}:0] WEA, input [{2 * lanes - 1}:0] WEBWE,
  input [{8 * lanes - 1}:0] {entering}A{entering}, {entering}B{entering},
  input [{lanes - 1}:0] {entering}PA{entering}P, {entering}PB{entering}P,
  output [{8 * lanes - 1}:0] {leaving}A{leaving}, {leaving}B{leaving},
  output [{lanes - 1}:0] {leaving}PA{leaving}P, {leaving}PB{leaving}P
);
  localparam WA = (READ_WIDTH_A > WRITE_WIDTH_A) ? READ_WIDTH_A : WRITE_WIDTH_A;
  localparam WB = (READ_WIDTH_B > WRITE_WIDTH_B) ? READ_WIDTH_B : WRITE_WIDTH_B;
  localparam Width = (WA > WB) ? WA : WB;
  localparam Bytes = (Width < 9) ? 1 : Width / 9;
  localparam Plain = (Width < 9) ? Width : 8 * Bytes;
  localparam Wide = Bytes > {lanes};
  if ((WA != 0 && WA != Width) || (WB != 0 && WB != Width) || DOA_REG != 0 || DOB_REG != 0 || SRVAL_A != 0
      || SRVAL_B != 0)
    $error("no model of such a {name}");

  wire [{18 * lanes - 1}:0] enter_a, enter_b, leave_a, leave_b;
  wire [Width-1:0] a, b;
  for (genvar i = 0; i < {lanes}; i = i + 1) begin
    assign enter_a[9*i+:9] = {{{entering}PA{entering}P[i], {entering}A{entering}[8*i+:8]}};
    assign enter_b[9*i+:9] = {{{entering}PB{entering}P[i], {entering}B{entering}[8*i+:8]}};
    assign {{{leaving}PA{leaving}P[i], {leaving}A{leaving}[8*i+:8]}} = leave_a[9*i+:9];
    assign {{{leaving}PB{leaving}P[i], {leaving}B{leaving}[8*i+:8]}} = leave_b[9*i+:9];
  end
  assign leave_a = {18 * lanes}'(a);
  assign leave_b = Wide ? {18 * lanes}'(a >> {9 * lanes}) : {18 * lanes}'(b);

  block_memory #(
    .Width(Width), .Bits({data * 256}), .Shared(1),
    .FirstA(WRITE_MODE_A == "READ_FIRST"), .FirstB(WRITE_MODE_B == "READ_FIRST"),
    .NewA(WRITE_MODE_A == "WRITE_FIRST"), .NewB(WRITE_MODE_B == "WRITE_FIRST"),
    .Data({{
{_listed(reversed(words[:data]), "      ")}
    }}),
    .Ninth({{
{_listed(reversed(words[data:]), "      ")}
    }})
  ) u_memory (
    .clk_i(WB == 0 ? CLKARDCLK : CLKBWRCLK),
    .a_enable_i(ENARDEN), .a_reset_i(RSTRAMARSTRAM), .a_write_i((WRITE_WIDTH_A == 0) ? Bytes'(0) : Bytes'(WEA)),
    .a_address_i(ADDRARDADDR[{13 + halves - 1}:$clog2(Plain)]), .a_data_i(Width'(enter_a)), .a_data_o(a),
    .b_enable_i(ENBWREN && WB != 0), .b_reset_i(RSTRAMB), .b_write_i((WRITE_WIDTH_B == 0) ? Bytes'(0) : Bytes'(WEBWE)),
    .b_address_i(ADDRBWRADDR[{13 + halves - 1}:$clog2(Plain)]),
    .b_data_i(Wide ? Width'({{enter_b[{9 * lanes - 1}:0], enter_a[{9 * lanes - 1}:0]}}) : Width'(enter_b)), .b_data_o(b)
  );
endmodule
"""


def _bus(name: str, port: str, width: int, end: str = "") -> str:
    return ", ".join(f"{name}{port}{index}{end}" for index in reversed(range(width)))


def lattice_memory() -> str:
    """The module of ECP5's block memory; words of 36 bits are written by A and read by both ports together."""
    words = [f"INITVAL_{index:02X}" for index in range(64)]
    both = "AB"
    inputs = [_bus("DI", port, 18) for port in both] + [_bus("AD", port, 14) for port in both]
    inputs += [", ".join(f"{signal}{port}" for signal in ("CE", "OCE", "CLK", "WE", "RST")) for port in both]
    inputs += [_bus("CS", port, 3) for port in both]
    outputs = [_bus("DO", port, 18) for port in both]
    ports = ",\n".join([f"  input {names}" for names in inputs] + [f"  output {names}" for names in outputs])
    muxes = [f"{signal}{port}MUX" for port in both for signal in ("CLK", "CE", "OCE", "WE", "RST")]
    return f"""\
module {LATTICE} #(
  parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18, REGMODE_A = "NOREG", REGMODE_B = "NOREG", RESETMODE = "SYNC",
  parameter ASYNC_RESET_RELEASE = "SYNC", CSDECODE_A = "0b000", CSDECODE_B = "0b000", GSR = "AUTO",
  parameter WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL", INIT_DATA = "STATIC", WID = "",
  parameter
{_listed((f'{mux} = "{mux[:-3]}"' for mux in muxes), "    ")},
  parameter [319:0]
{_listed((f"{word} = 0" for word in words), "    ")}
) (
{ports}
);
  // A port that is not used keeps the width that ports have unless they are told another.
  localparam Width = (DATA_WIDTH_A == 18) ? DATA_WIDTH_B : DATA_WIDTH_A;
  localparam Bytes = (Width < 9) ? 1 : Width / 9;
  localparam Plain = (Width < 9) ? Width : 8 * Bytes;
  localparam Wide = Width == 36;
  always @(posedge CLKA or posedge CLKB) begin
    if ((CEA && DATA_WIDTH_A != Width) || (CEB && DATA_WIDTH_B != Width))
      $fatal(1, "no model of a {LATTICE} whose ports differ");
  end
  if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") $error("no model of such a {LATTICE}");

  // A word of initial contents is 16 times 18 bits, 20 apart.
  localparam [20479:0] Words = {{
{_listed(reversed(words), "    ")}
  }};
  function automatic [16383:0] plain_bits();
    for (integer i = 0; i < 2048; i = i + 1) plain_bits[8*i+:8] = Words[20*(i/2)+9*(i%2)+:8];
  endfunction
  function automatic [2047:0] ninth_bits();
    for (integer i = 0; i < 2048; i = i + 1) ninth_bits[i] = Words[20*(i/2)+9*(i%2)+8];
  endfunction

  wire [17:0] enter_a = {{{_bus("DI", "A", 18)}}};
  wire [17:0] enter_b = {{{_bus("DI", "B", 18)}}};
  wire [13:0] address_a = {{{_bus("AD", "A", 14)}}};
  wire [13:0] address_b = {{{_bus("AD", "B", 14)}}};
  wire [Width-1:0] a, b;
  assign {{{_bus("DO", "A", 18)}}} = Wide ? 18'(b) : 18'(a);
  assign {{{_bus("DO", "B", 18)}}} = Wide ? 18'(b >> 18) : 18'(b);

  block_memory #(
    .Width(Width), .Bits(16384), .Data(plain_bits()), .Ninth(ninth_bits()),
    .FirstA(WRITEMODE_A == "READBEFOREWRITE"), .FirstB(WRITEMODE_B == "READBEFOREWRITE"),
    .NewA(WRITEMODE_A == "WRITETHROUGH"), .NewB(WRITEMODE_B == "WRITETHROUGH")
  ) u_memory (
    .clk_i(CLKA | CLKB),
    .a_enable_i(CEA), .a_reset_i(RSTA), .a_write_i((Bytes > 1) ? Bytes'(address_a) & {{Bytes{{WEA}}}} : Bytes'(WEA)),
    .a_address_i(address_a[13:$clog2(Plain)]), .a_data_i(Width'({{enter_b, enter_a}})), .a_data_o(a),
    .b_enable_i(CEB), .b_reset_i(RSTB), .b_write_i((Bytes > 1) ? Bytes'(address_b) & {{Bytes{{WEB}}}} : Bytes'(WEB)),
    .b_address_i(address_b[13:$clog2(Plain)]), .b_data_i(Width'(enter_b)), .b_data_o(b)
  );
endmodule
"""


def memory_cell(name: str) -> str | None:
    """The module of a block memory; None for other cells."""
    if name in XILINX:
        return xilinx_memory(name)
    return lattice_memory() if name == LATTICE else None
