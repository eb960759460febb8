// The sum over the lanes of +-(x << exponent) in a balanced tree, a register after every level.
//
// Signs cost nothing: an adder complements its second operand where the signs of both differ, and the sign of the first
// lane is left to whoever takes the sum. A complement lacks one to the negative: what is missing depends on the weights
// alone, and is part of the bias. The second lane of a pair makes the larger half of its shift within the adder.

module shift_tree #(
  parameter int unsigned Lanes    = 1,
  parameter int unsigned Width    = 8,
  parameter bit          Signed   = 1,
  parameter int unsigned MaxShift = 3,
  localparam int unsigned Levels       = $clog2(Lanes),
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned LeafWidth    = Width + (Signed ? 0 : 1) + MaxShift,
  localparam int unsigned SumWidth     = LeafWidth + Levels
) (
  input  logic                          clk_i,
  input  logic [Lanes*Width-1:0]        data_i,
  input  logic [Lanes*ExponentBits-1:0] exponents_i,
  input  logic [Lanes-1:0]              idle_i,   // An idle lane adds nothing.
  input  logic [Lanes-1:0]              flips_i,  // Of lane i: its sign differs from that of lane i & (i - 1).
  output logic                          flip_o,   // The sign of lane 0.
  output logic signed [SumWidth-1:0]    sum_o     // $clog2(Lanes) + 1 cycles after the operands, as is flip_o.
);

  localparam int unsigned Half = 1 << (ExponentBits - 1);

  logic [Lanes*LeafWidth-1:0] leaves;
  logic [Lanes-1:0]           flips_q[Levels+1];

  always_ff @(posedge clk_i) begin
    flips_q[0] <= flips_i;
    for (int unsigned level = 1; level <= Levels; level++) flips_q[level] <= flips_q[level-1];
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic signed [LeafWidth-1:0] x, leaf_q;
    logic [ExponentBits-1:0]     exponent;
    assign exponent = exponents_i[i*ExponentBits+:ExponentBits];
    if (Signed) begin : gen_signed
      assign x = LeafWidth'($signed(data_i[i*Width+:Width]));
    end else begin : gen_unsigned
      assign x = LeafWidth'(data_i[i*Width+:Width]);
    end

    if (i % 2 == 0) begin : gen_first
      always_ff @(posedge clk_i) begin
        if (idle_i[i]) leaf_q <= '0;
        else leaf_q <= x << exponent;
      end
      assign leaves[i*LeafWidth+:LeafWidth] = leaf_q;
    end else begin : gen_second
      logic                    half_q;
      logic [ExponentBits-1:0] rest;
      assign rest = exponent & ExponentBits'(Half - 1);
      always_ff @(posedge clk_i) begin
        half_q <= exponent[ExponentBits-1];
        if (idle_i[i]) leaf_q <= '0;
        else leaf_q <= x << rest;
      end
      assign leaves[i*LeafWidth+:LeafWidth] = half_q ? leaf_q << Half : leaf_q;
    end
  end

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Operands = (Lanes + (1 << level) - 1) >> level;
    localparam int unsigned Sums     = (Operands + 1) / 2;
    localparam int unsigned Bits     = LeafWidth + level;  // Of an operand.
    logic [Operands*Bits-1:0] operands;
    logic [Sums*(Bits+1)-1:0] sums_q;

    if (level == 0) begin : gen_first
      assign operands = leaves;
    end else begin : gen_next
      assign operands = gen_level[level-1].sums_q;
    end

    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      logic signed [Bits:0] first, sum;
      assign first = (Bits + 1)'($signed(operands[2*i*Bits+:Bits]));
      if (2 * i + 1 < Operands) begin : gen_pair
        logic signed [Bits:0] second;
        assign second = (Bits + 1)'($signed(operands[(2*i+1)*Bits+:Bits]));
        assign sum    = first + (second ^ {(Bits + 1) {flips_q[level][(2*i+1)<<level]}});
      end else begin : gen_single
        assign sum = first;
      end
      always_ff @(posedge clk_i) sums_q[i*(Bits+1)+:Bits+1] <= sum;
    end
  end

  assign flip_o = flips_q[Levels][0];
  if (Levels == 0) begin : gen_no_tree
    assign sum_o = leaves;
  end else begin : gen_root
    assign sum_o = gen_level[Levels-1].sums_q;
  end

endmodule
