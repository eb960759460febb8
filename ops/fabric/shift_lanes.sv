// One output channel of a shift array: the sum of sign * (x << exponent) over the lanes, and Terms terms of each.
//
// A term's code is {sign, magnitude}: magnitude 0 is nothing, magnitude m shifts left by m - 1.

module shift_lanes #(
  parameter int unsigned Lanes    = 1,
  parameter int unsigned Width    = 8,
  parameter bit          Signed   = 1,
  parameter int unsigned Terms    = 1,
  parameter int unsigned MaxShift = 3,
  localparam int unsigned MagnitudeBits = $clog2(MaxShift + 2),
  localparam int unsigned CodeWidth     = MagnitudeBits + 1,
  localparam int unsigned Count         = Lanes * Terms,
  localparam int unsigned LaneWidth     = Width + (Signed ? 1 : 2) + MaxShift,
  localparam int unsigned SumWidth      = LaneWidth + $clog2(Count)
) (
  input  logic                       clk_i,
  input  logic                       enable_i,
  input  logic [Lanes*Width-1:0]     data_i,
  input  logic [Count*CodeWidth-1:0] codes_i,
  output logic signed [SumWidth-1:0] sum_o  // Of the operands of the cycle before.
);

  logic signed [LaneWidth-1:0] lanes_q[Count];

  for (genvar i = 0; i < Count; i++) begin : gen_lane
    logic [Width-1:0]            element;
    logic [CodeWidth-1:0]        code;
    logic signed [LaneWidth-1:0] x, shifted;
    assign element = data_i[(i/Terms)*Width+:Width];
    assign code    = codes_i[i*CodeWidth+:CodeWidth];
    assign x       = Signed ? LaneWidth'($signed(element)) : LaneWidth'(element);
    assign shifted = (x << code[MagnitudeBits-1:0]) >>> 1;

    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        if (code[MagnitudeBits-1:0] == '0) lanes_q[i] <= '0;
        else lanes_q[i] <= code[MagnitudeBits] ? -shifted : shifted;
      end
    end
  end

  // A balanced tree, in place.
  logic signed [SumWidth-1:0] partial[Count];
  always_comb begin
    for (int unsigned i = 0; i < Count; i++) partial[i] = SumWidth'(lanes_q[i]);
    for (int unsigned distance = 1; distance < Count; distance *= 2) begin
      for (int unsigned i = 0; i + distance < Count; i += 2 * distance) partial[i] = partial[i] + partial[i+distance];
    end
    sum_o = partial[0];
  end

endmodule
