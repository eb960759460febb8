// A balanced tree of adders with three operands, a register after every level: the sum of unsigned elements.

module adder_tree #(
  parameter int unsigned Lanes = 1,
  parameter int unsigned Width = 8,
  localparam int unsigned SumWidth = Width + $clog2(Lanes)
) (
  input  logic                   clk_i,
  input  logic [Lanes*Width-1:0] data_i,
  output logic [   SumWidth-1:0] sum_o    // As many cycles later as the tree is deep: 3**depth is at least Lanes.
);

  function automatic int unsigned depth_over(int unsigned lanes);
    depth_over = 0;
    for (int unsigned reach = 1; reach < lanes; reach = 3 * reach) depth_over = depth_over + 1;
  endfunction

  localparam int unsigned Levels = depth_over(Lanes);

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Span = 3 ** level;  // Elements in an operand.
    localparam int unsigned Operands = (Lanes + Span - 1) / Span;
    localparam int unsigned Sums = (Operands + 2) / 3;
    localparam int unsigned Bits = Width + $clog2(Span);  // Of an operand.
    localparam int unsigned SumBits = Width + $clog2((3 * Span < Lanes) ? 3 * Span : Lanes);
    logic [Operands*Bits-1:0] operands;
    logic [ Sums*SumBits-1:0] sums_q;

    if (level == 0) begin : gen_first
      assign operands = data_i;
    end else begin : gen_next
      assign operands = gen_level[level-1].sums_q;
    end

    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      localparam int unsigned Count = (3 * i + 3 <= Operands) ? 3 : Operands - 3 * i;
      logic [Count*Bits-1:0] own;
      logic [SumBits-1:0]    sum;
      assign own = operands[3*i*Bits+:Count*Bits];
      if (Count == 3) begin : gen_three
        ternary_adder #(
          .Width(Bits),
          .SumWidth(SumBits)
        ) u_adder (
          .a_i  (own[0+:Bits]),
          .b_i  (own[Bits+:Bits]),
          .c_i  (own[2*Bits+:Bits]),
          .sum_o(sum)
        );
      end else if (Count == 2) begin : gen_two
        assign sum = SumBits'(own[0+:Bits]) + SumBits'(own[Bits+:Bits]);
      end else begin : gen_one
        assign sum = SumBits'(own);
      end
      always_ff @(posedge clk_i) sums_q[i*SumBits+:SumBits] <= sum;
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
