// One output channel of a multiply-accumulate array as one writes it down: the tool makes the multipliers.

module plain_multiply_lanes #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 8,  // Of both operands, signed.
  localparam int unsigned Levels   = $clog2(Lanes),
  localparam int unsigned SumWidth = 2 * Width + Levels
) (
  input  logic                       clk_i,
  input  logic [Lanes*Width-1:0]     data_i,
  input  logic [Lanes*Width-1:0]     weights_i,
  output logic signed [SumWidth-1:0] sum_o  // $clog2(Lanes) + 1 cycles after the operands.
);

  logic [Lanes*2*Width-1:0] products_q;
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    always_ff @(posedge clk_i) begin
      products_q[i*2*Width+:2*Width] <= $signed(data_i[i*Width+:Width]) * $signed(weights_i[i*Width+:Width]);
    end
  end

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Sums = Lanes >> (level + 1);
    localparam int unsigned Bits = 2 * Width + level;
    logic [2*Sums*Bits-1:0]   operands;
    logic [Sums*(Bits+1)-1:0] sums_q;
    if (level == 0) begin : gen_first
      assign operands = products_q;
    end else begin : gen_next
      assign operands = gen_level[level-1].sums_q;
    end
    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      always_ff @(posedge clk_i) begin
        sums_q[i*(Bits+1)+:Bits+1] <=
          (Bits + 1)'($signed(operands[2*i*Bits+:Bits])) + (Bits + 1)'($signed(operands[(2*i+1)*Bits+:Bits]));
      end
    end
  end
  assign sum_o = gen_level[Levels-1].sums_q;

endmodule
