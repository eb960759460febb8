// One output channel of an adder array: the sum over the lanes of 2 * q + x, where q is 2**Width - 1 - max(x - w, 0).
//
// Since abs(x - w) = 2 * max(x - w, 0) - x + w, this is the negated L1 distance but for what depends on the weights
// alone, and that is part of the bias. A lane is one subtraction: its carry sets the register where x is not above w.

module l1_lanes #(
  parameter int unsigned Lanes = 1,
  parameter int unsigned Width = 8,
  localparam int unsigned TreeWidth = Width + $clog2(Lanes),
  localparam int unsigned SumWidth = TreeWidth + 2
) (
  input  logic                   clk_i,
  input  logic [Lanes*Width-1:0] data_i,     // Unsigned.
  input  logic [Lanes*Width-1:0] weights_i,  // Unsigned, on the grid of the data.
  input  logic [  TreeWidth-1:0] total_i,    // Sum of the data, as late as the tree over the lanes.
  output logic [   SumWidth-1:0] sum_o       // Two cycles and the levels of the tree after the operands.
);

  logic [Lanes*Width-1:0] lanes_q;
  logic [  TreeWidth-1:0] tree;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic             below;  // x < w.
    logic [Width-1:0] rest;
    assign {below, rest} = {1'b0, weights_i[i*Width+:Width]} + {1'b0, ~data_i[i*Width+:Width]};
    always_ff @(posedge clk_i) begin
      if (below) lanes_q[i*Width+:Width] <= '1;
      else lanes_q[i*Width+:Width] <= rest;
    end
  end

  adder_tree #(
    .Lanes(Lanes),
    .Width(Width)
  ) u_tree (
    .clk_i,
    .data_i(lanes_q),
    .sum_o (tree)
  );

  always_ff @(posedge clk_i) sum_o <= {1'b0, tree, 1'b0} + SumWidth'(total_i);

endmodule
