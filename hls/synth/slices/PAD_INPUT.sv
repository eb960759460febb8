// Simulation only: a cell of ECP5 as nextpnr writes it once it is placed.
// Inputs that have no wire are tied before (see routed.py).

module PAD_INPUT (
  input  wire B,
  output wire O
);
  assign O = B;
endmodule
