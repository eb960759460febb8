// ternary_adder of the library as two adders in a row: LUTs with four inputs have no better, but Yosys would save carries.

module ternary_adder #(
  parameter int unsigned Width    = 8,
  parameter int unsigned SumWidth = Width + 2
) (
  input  logic [Width-1:0]    a_i,
  input  logic [Width-1:0]    b_i,
  input  logic [Width-1:0]    c_i,
  output logic [SumWidth-1:0] sum_o
);

  logic [Width:0] pair;
  binary_adder #(
    .Width(Width),
    .SumWidth(Width + 1)
  ) u_first (
    .a_i,
    .b_i,
    .sum_o(pair)
  );
  binary_adder #(
    .Width(Width + 1),
    .SumWidth(SumWidth)
  ) u_second (
    .a_i(pair),
    .b_i({1'b0, c_i}),
    .sum_o
  );

endmodule
