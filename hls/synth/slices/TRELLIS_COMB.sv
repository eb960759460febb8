// Simulation only: a cell of ECP5 as nextpnr writes it once it is placed.
// Inputs that have no wire are tied before (see routed.py).

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
