// One output channel of a shift array: the sum over the lanes and terms of +-(x << exponent); term i counts 2**(i * Step).
//
// A lane with a weight adds 2**(LaneWidth - 1), one less where its sign is set, see shift_lane; a lane without one adds
// nothing. What that comes to depends on the weights alone, and is part of the bias.

module shift_lanes #(
  parameter  int unsigned Lanes        = 1,
  parameter  int unsigned Width        = 8,
  parameter  int unsigned Terms        = 1,
  parameter  int unsigned MaxShift     = 3,                                                         // Within a term.
  parameter  int unsigned Step         = 0,
  parameter  bit          Recoded      = 0,                                                         // See shift_codes.
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned CodeWidth    = Recoded ? 2 * Terms : Terms * ($clog2(MaxShift + 2) + 1),  // Of a lane.
  localparam int unsigned LaneWidth    = Width + MaxShift,
  localparam int unsigned TreeWidth    = LaneWidth + $clog2(Lanes),
  localparam int unsigned TermWidth    = TreeWidth + (Terms - 1) * Step,
  localparam int unsigned SumWidth     = TermWidth + $clog2(Terms)
) (
  input  logic                       clk_i,
  input  logic [    Lanes*Width-1:0] data_i,   // Signed.
  input  logic [Lanes*CodeWidth-1:0] codes_i,
  output logic [       SumWidth-1:0] sum_o     // One cycle after the operands and the levels of both trees.
);

  logic [Lanes*Terms*ExponentBits-1:0] exponents;
  logic [Lanes*Terms-1:0] idle, signs;
  for (genvar i = 0; i < Lanes; i++) begin : gen_code
    shift_codes #(
      .Terms(Terms),
      .MaxShift(MaxShift),
      .Recoded(Recoded)
    ) u_codes (
      .code_i     (codes_i[i*CodeWidth+:CodeWidth]),
      .exponents_o(exponents[i*Terms*ExponentBits+:Terms*ExponentBits]),
      .idle_o     (idle[i*Terms+:Terms]),
      .signs_o    (signs[i*Terms+:Terms])
    );
  end

  logic [Terms*TermWidth-1:0] terms;
  for (genvar term = 0; term < Terms; term++) begin : gen_term
    logic [Lanes*LaneWidth-1:0] lanes_q;
    logic [      TreeWidth-1:0] root;

    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      localparam int unsigned At = i * Terms + term;
      logic [LaneWidth-1:0] lane;
      shift_lane #(
        .Width(Width),
        .MaxShift(MaxShift)
      ) u_lane (
        .data_i(data_i[i*Width+:Width]),
        .exponent_i(exponents[At*ExponentBits+:ExponentBits]),
        .flip_i(signs[At]),
        .data_o(lane)
      );
      always_ff @(posedge clk_i) begin
        if (idle[At]) lanes_q[i*LaneWidth+:LaneWidth] <= '0;
        else lanes_q[i*LaneWidth+:LaneWidth] <= lane;
      end
    end

    adder_tree #(
      .Lanes(Lanes),
      .Width(LaneWidth)
    ) u_tree (
      .clk_i,
      .data_i(lanes_q),
      .sum_o (root)
    );
    assign terms[term*TermWidth+:TermWidth] = TermWidth'(root) << (term * Step);
  end

  adder_tree #(
    .Lanes(Terms),
    .Width(TermWidth)
  ) u_terms (
    .clk_i,
    .data_i(terms),
    .sum_o
  );

endmodule
