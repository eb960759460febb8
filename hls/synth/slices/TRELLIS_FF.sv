// Simulation only: a cell of ECP5 as nextpnr writes it once it is placed.
// Inputs that have no wire are tied before (see routed.py).

module TRELLIS_FF #(
  parameter GSR = "ENABLED",
  parameter CEMUX = "CE",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter LSRMODE = "LSR",
  parameter SRMODE = "LSR_OVER_CE",
  parameter REGSET = "RESET",
  parameter SD = "1"  // Where data come from: a LUT beside it, or the pin M.
) (
  input  wire CLK,
  input  wire LSR,
  input  wire CE,
  input  wire DI,
  input  wire M,
  output reg  Q
);
  localparam [0:0] Value = REGSET == "SET";
  wire clock = (CLKMUX == "INV") ^ CLK;
  wire enable = (CEMUX == "1") || (CEMUX == "0" ? 1'b0 : (CEMUX == "INV") ^ CE);
  wire reset = (LSRMUX == "INV") ^ LSR;
  wire data = (SD == "0") ? M : DI;
  if (LSRMODE != "LSR" || (SRMODE != "LSR_OVER_CE" && SRMODE != "CE_OVER_LSR")) $error("no model of such a TRELLIS_FF");
  initial Q = Value;
  always @(posedge clock) begin
    if (reset && (SRMODE == "LSR_OVER_CE" || enable)) Q <= Value;
    else if (enable) Q <= data;
  end
endmodule
