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
  input CLK, LSR, CE, DI, M,
  output reg Q
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
  input A, B, C, D, M, FCI, F1, FXA, FXB, WD, WAD0, WAD1, WAD2, WAD3, WRE, WCK, DI0, DI1,
  output F, FCO, OFX
);
  wire of_four = INITVAL[{D, C, B, A}];
  wire of_two = INITVAL[{2'b00, B, A}];
  assign OFX = IS_WIDE ? (M ? FXB : FXA) : (M ? F1 : F);
  if (MODE == "CCU2") begin : gen_carry
    wire injected = CCU2_INJECT1 == "YES";
    assign F = of_four ^ (!injected && FCI);
    assign FCO = of_four ? FCI : (!injected && of_two);
  end else if (MODE == "DPRAM") begin : gen_memory
    reg [15:0] memory = INITVAL;
    always @(posedge WCK) if (WRE) memory[{WAD3, WAD2, WAD1, WAD0}] <= WD;
    assign F = memory[{A, C, B, D}];
    assign FCO = 1'b0;
    if (WREMUX != "WRE" || WCKMUX != "WCK") $error("no model of such a TRELLIS_COMB");
  end else begin : gen_logic
    assign F = of_four;
    assign FCO = 1'b0;
  end
endmodule

// What a memory of LUTs is written with, on its way through a slice whose LUTs it takes.
module TRELLIS_RAMW (
  input A0, B0, C0, D0, A1, B1, C1, D1,
  output WDO0, WDO1, WDO2, WDO3, WADO0, WADO1, WADO2, WADO3
);
  assign {WADO3, WADO2, WADO1, WADO0} = {A0, C0, B0, D0};
  assign {WDO3, WDO2, WDO1, WDO0} = {B1, D1, A1, C1};
endmodule

module DCCA (input CLKI, CE, output CLKO);
  assign CLKO = CLKI && CE;
endmodule

module PAD_INPUT (input B, output O);
  assign O = B;
endmodule

module PAD_OUTPUT (input I, output B);
  assign B = I;
endmodule
