// Simulation only: a cell of ECP5 as nextpnr writes it once it is placed.
// Inputs that have no wire are tied before (see routed.py).

module DCCA (
  input  wire CLKI,
  input  wire CE,
  output wire CLKO
);
  assign CLKO = CLKI && CE;
endmodule
