// One output channel of a multiply-accumulate array as one writes it down: the tool makes the multipliers.

module plain_multiply_lanes #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 8,  // Of both operands, signed.
  localparam int unsigned SumWidth = 2 * Width + $clog2(Lanes)
) (
  input  logic                   clk_i,
  input  logic [Lanes*Width-1:0] data_i,
  input  logic [Lanes*Width-1:0] weights_i,
  output logic [   SumWidth-1:0] sum_o       // 2**(2 * Width - 1) higher for each lane, so that no sum has a sign.
);

  logic [Lanes*2*Width-1:0] products_q;
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic signed [2*Width-1:0] product;
    assign product = $signed(data_i[i*Width+:Width]) * $signed(weights_i[i*Width+:Width]);
    always_ff @(posedge clk_i) products_q[i*2*Width+:2*Width] <= {~product[2*Width-1], product[2*Width-2:0]};
  end

  adder_tree #(
    .Lanes(Lanes),
    .Width(2 * Width)
  ) u_tree (
    .clk_i,
    .data_i(products_q),
    .sum_o
  );

endmodule
