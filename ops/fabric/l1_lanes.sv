// One output channel of an adder array: the sum of abs(x - w) over the lanes.

module l1_lanes #(
  parameter int unsigned Lanes       = 1,
  parameter int unsigned Width       = 8,
  parameter bit          Signed      = 1,
  parameter int unsigned WeightWidth = 8,  // Weights are signed.
  localparam int unsigned WideBits  = Signed ? Width : Width + 1,
  localparam int unsigned LaneWidth = ((WideBits > WeightWidth) ? WideBits : WeightWidth) + 1,
  localparam int unsigned SumWidth  = LaneWidth + $clog2(Lanes)
) (
  input  logic                         clk_i,
  input  logic                         enable_i,
  input  logic [Lanes*Width-1:0]       data_i,
  input  logic [Lanes*WeightWidth-1:0] weights_i,
  output logic signed [SumWidth-1:0]   sum_o  // Of the operands of the cycle before; never negative.
);

  logic signed [LaneWidth-1:0] lanes_q[Lanes];

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [Width-1:0]            element;
    logic signed [LaneWidth-1:0] x, difference;
    assign element    = data_i[i*Width+:Width];
    assign x          = Signed ? LaneWidth'($signed(element)) : LaneWidth'(element);
    assign difference = x - LaneWidth'($signed(weights_i[i*WeightWidth+:WeightWidth]));

    always_ff @(posedge clk_i) begin
      if (enable_i) lanes_q[i] <= (difference < 0) ? -difference : difference;
    end
  end

  // A balanced tree, in place.
  logic signed [SumWidth-1:0] partial[Lanes];
  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) partial[i] = SumWidth'(lanes_q[i]);
    for (int unsigned distance = 1; distance < Lanes; distance *= 2) begin
      for (int unsigned i = 0; i + distance < Lanes; i += 2 * distance) partial[i] = partial[i] + partial[i+distance];
    end
    sum_o = partial[0];
  end

endmodule
