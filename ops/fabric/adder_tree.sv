// A balanced tree of adders, a register after every level: the sum of unsigned elements, $clog2(Lanes) cycles later.

module adder_tree #(
  parameter int unsigned Lanes = 1,
  parameter int unsigned Width = 8,
  localparam int unsigned Levels   = $clog2(Lanes),
  localparam int unsigned SumWidth = Width + Levels
) (
  input  logic                   clk_i,
  input  logic [Lanes*Width-1:0] data_i,
  output logic [SumWidth-1:0]    sum_o
);

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Operands = (Lanes + (1 << level) - 1) >> level;
    localparam int unsigned Sums     = (Operands + 1) / 2;
    localparam int unsigned Bits     = Width + level;  // Of an operand.
    logic [Operands*Bits-1:0]  operands;
    logic [Sums*(Bits+1)-1:0]  sums_q;

    if (level == 0) begin : gen_first
      assign operands = data_i;
    end else begin : gen_next
      assign operands = gen_level[level-1].sums_q;
    end

    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      logic [Bits:0] sum;
      if (2 * i + 1 < Operands) begin : gen_pair
        assign sum = {1'b0, operands[2*i*Bits+:Bits]} + {1'b0, operands[(2*i+1)*Bits+:Bits]};
      end else begin : gen_single
        assign sum = {1'b0, operands[2*i*Bits+:Bits]};
      end
      always_ff @(posedge clk_i) sums_q[i*(Bits+1)+:Bits+1] <= sum;
    end
  end

  if (Levels == 0) begin : gen_no_tree
    logic unused_clk;
    assign unused_clk = clk_i;
    assign sum_o = data_i;
  end else begin : gen_root
    assign sum_o = gen_level[Levels-1].sums_q;
  end

endmodule
