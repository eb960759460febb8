// Simulation only: the cells of ECP5's slices as nextpnr writes them once they are placed, from what Project Trellis
// documents of them. Inputs that have no wire are tied before (see routed.py).

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

module TRELLIS_COMB #(
  parameter MODE = "LOGIC",
  parameter [15:0] INITVAL = 16'h0,
  parameter CCU2_INJECT1 = "NO",
  parameter WREMUX = "WRE",
  parameter WCKMUX = "WCK",
  parameter IS_WIDE = 0  // Its multiplexer joins two others', not its own LUT and its neighbour's.
) (
  input  wire A,
  input  wire B,
  input  wire C,
  input  wire D,
  input  wire M,
  input  wire FCI,
  input  wire F1,
  input  wire FXA,
  input  wire FXB,
  input  wire WD,
  input  wire WAD0,
  input  wire WAD1,
  input  wire WAD2,
  input  wire WAD3,
  input  wire WRE,
  input  wire WCK,
  input  wire DI0,
  input  wire DI1,
  output wire F,
  output wire FCO,
  output wire OFX
);
  wire of_four = INITVAL[{D, C, B, A}];
  wire of_two = INITVAL[{2'b00, B, A}];
  assign OFX = IS_WIDE ? (M ? FXB : FXA) : (M ? F1 : F);
  if (MODE == "CCU2") begin : gen_carry
    wire injected = CCU2_INJECT1 == "YES";
    assign F   = of_four ^ (!injected && FCI);
    assign FCO = of_four ? FCI : (!injected && of_two);
  end else if (MODE == "DPRAM") begin : gen_memory
    reg [15:0] memory = INITVAL;
    always @(posedge WCK) if (WRE) memory[{WAD3, WAD2, WAD1, WAD0}] <= WD;
    assign F   = memory[{A, C, B, D}];
    assign FCO = 1'b0;
    if (WREMUX != "WRE" || WCKMUX != "WCK") $error("no model of such a TRELLIS_COMB");
  end else begin : gen_logic
    assign F   = of_four;
    assign FCO = 1'b0;
  end
endmodule

// What a memory of LUTs is written with, on its way through a slice whose LUTs it takes.
module TRELLIS_RAMW (
  input  wire A0,
  input  wire B0,
  input  wire C0,
  input  wire D0,
  input  wire A1,
  input  wire B1,
  input  wire C1,
  input  wire D1,
  output wire WDO0,
  output wire WDO1,
  output wire WDO2,
  output wire WDO3,
  output wire WADO0,
  output wire WADO1,
  output wire WADO2,
  output wire WADO3
);
  assign {WADO3, WADO2, WADO1, WADO0} = {A0, C0, B0, D0};
  assign {WDO3, WDO2, WDO1, WDO0} = {B1, D1, A1, C1};
endmodule

module DCCA (
  input  wire CLKI,
  input  wire CE,
  output wire CLKO
);
  assign CLKO = CLKI && CE;
endmodule

module PAD_INPUT (
  input  wire B,
  output wire O
);
  assign O = B;
endmodule

module PAD_OUTPUT (
  input  wire I,
  output wire B
);
  assign B = I;
endmodule
