// A module of its own, so that Yosys does not join it with the adder behind it.

module binary_adder #(
  parameter int unsigned Width    = 8,
  parameter int unsigned SumWidth = Width + 1
) (
  input  logic [Width-1:0]    a_i,
  input  logic [Width-1:0]    b_i,
  output logic [SumWidth-1:0] sum_o
);

  assign sum_o = SumWidth'(a_i) + SumWidth'(b_i);

endmodule
