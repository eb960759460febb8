// The sum of three unsigned numbers. Devices of LUTs with six inputs have one LUT for each of its bits.

module ternary_adder #(
  parameter int unsigned Width    = 8,
  parameter int unsigned SumWidth = Width + 2
) (
  input  logic [Width-1:0]    a_i,
  input  logic [Width-1:0]    b_i,
  input  logic [Width-1:0]    c_i,
  output logic [SumWidth-1:0] sum_o
);

  assign sum_o = SumWidth'(a_i) + SumWidth'(b_i) + SumWidth'(c_i);

endmodule
