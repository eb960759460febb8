// One output channel of a shift array: the sum over the lanes and terms of +-(x << exponent); term i counts 2**(i * Step).
//
// Codes of a term are {signs, idle, exponents} of all lanes. A lane with a weight adds 2**(LaneWidth - 1), one less where
// its sign is set, see shift_lane; a lane without one adds nothing. What that comes to depends on the weights alone, and
// is part of the bias.

module shift_lanes #(
  parameter int unsigned Lanes    = 1,
  parameter int unsigned Width    = 8,
  parameter int unsigned Terms    = 1,
  parameter int unsigned MaxShift = 3,  // Within a term.
  parameter int unsigned Step     = 0,
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned CodeWidth    = Lanes * (ExponentBits + 2),  // Of a term.
  localparam int unsigned LaneWidth    = Width + MaxShift,
  localparam int unsigned TreeWidth    = LaneWidth + $clog2(Lanes),
  localparam int unsigned TermWidth    = TreeWidth + (Terms - 1) * Step,
  localparam int unsigned SumWidth     = TermWidth + $clog2(Terms)
) (
  input  logic                       clk_i,
  input  logic [Lanes*Width-1:0]     data_i,  // Signed.
  input  logic [Terms*CodeWidth-1:0] codes_i,
  output logic [SumWidth-1:0]        sum_o  // One cycle after the operands and the levels of both trees.
);

  logic [Terms*TermWidth-1:0] terms;

  for (genvar term = 0; term < Terms; term++) begin : gen_term
    logic [Lanes*ExponentBits-1:0] exponents;
    logic [Lanes-1:0]              idle, signs;
    logic [Lanes*LaneWidth-1:0]    lanes_q;
    logic [TreeWidth-1:0]          root;
    assign {signs, idle, exponents} = codes_i[term*CodeWidth+:CodeWidth];

    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      logic [LaneWidth-1:0] lane;
      shift_lane #(.Width(Width), .MaxShift(MaxShift)) u_lane (
        .data_i(data_i[i*Width+:Width]), .exponent_i(exponents[i*ExponentBits+:ExponentBits]), .flip_i(signs[i]),
        .data_o(lane)
      );
      always_ff @(posedge clk_i) begin
        if (idle[i]) lanes_q[i*LaneWidth+:LaneWidth] <= '0;
        else lanes_q[i*LaneWidth+:LaneWidth] <= lane;
      end
    end

    adder_tree #(.Lanes(Lanes), .Width(LaneWidth)) u_tree (.clk_i, .data_i(lanes_q), .sum_o(root));
    assign terms[term*TermWidth+:TermWidth] = TermWidth'(root) << (term * Step);
  end

  adder_tree #(.Lanes(Terms), .Width(TermWidth)) u_terms (.clk_i, .data_i(terms), .sum_o);

endmodule
