// GdnNormalize: x << Shift divided by the integer square root of the norm, one binary digit a stage.

module gdn_normalize #(
  parameter int unsigned In0Width  = 8,
  parameter bit          In0Signed = 1,
  parameter int unsigned In0Lanes  = 1,
  parameter int unsigned In1Width  = 12,
  parameter int unsigned In1Lanes  = 1,
  parameter int unsigned OutWidth  = 12,
  parameter int unsigned OutLanes  = 1,
  parameter int unsigned Shift     = 4
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         in0_valid_i,
  output logic                         in0_ready_o,
  input  logic [In0Lanes*In0Width-1:0] in0_data_i,
  input  logic                         in0_eol_i,
  input  logic                         in0_eof_i,
  input  logic                         in1_valid_i,
  output logic                         in1_ready_o,
  input  logic [In1Lanes*In1Width-1:0] in1_data_i,
  input  logic                         in1_eol_i,
  input  logic                         in1_eof_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  localparam int unsigned RootStages = (In1Width + 1) / 2;

  logic enable;
  assign in0_ready_o = enable && in1_valid_i;
  assign in1_ready_o = enable && in0_valid_i;

  // The root, the divider (OutWidth stages and its entry), the sign.
  stream_pipeline #(
    .Depth(RootStages + OutWidth + 2)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .in_valid_i(in0_valid_i && in1_valid_i),
    .in_ready_o(enable),
    .in_eol_i  (in0_eol_i),
    .in_eof_i  (in0_eof_i),
    .out_valid_o,
    .out_ready_i,
    .out_eol_o,
    .out_eof_o
  );

  for (genvar i = 0; i < OutLanes; i++) begin : gen_lane
    logic [RootStages-1:0] root, unused_digits;
    logic [In0Width-1:0] x_q[RootStages];
    square_root #(
      .Width(In1Width)
    ) u_root (
      .clk_i,
      .enable_i(enable),
      .value_i (in1_data_i[i*In1Width+:In1Width]),
      .root_o  (root),
      .digits_o(unused_digits)
    );
    always_ff @(posedge clk_i) begin
      if (enable) begin
        x_q[0] <= in0_data_i[i*In0Width+:In0Width];
        for (int unsigned stage = 1; stage < RootStages; stage++) x_q[stage] <= x_q[stage-1];
      end
    end

    signed_divider #(
      .Width(In0Width),
      .Signed(In0Signed),
      .Shift(Shift),
      .DivisorWidth(RootStages),
      .QuotientWidth(OutWidth)
    ) u_divider (
      .clk_i,
      .enable_i  (enable),
      .dividend_i(x_q[RootStages-1]),
      // A norm of zero divides by one.
      .divisor_i (root | RootStages'(root == '0)),
      .quotient_o(out_data_o[i*OutWidth+:OutWidth])
    );
    logic unused_lane;
    assign unused_lane = ^unused_digits;
  end

  logic unused;
  assign unused = ^{in1_eol_i, in1_eof_i};

endmodule
