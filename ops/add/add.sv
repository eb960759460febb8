// Add: joins two streams and adds them lane by lane, their binary points aligned by left shifts.

module add #(
  parameter int unsigned In0Width  = 8,
  parameter bit          In0Signed = 1,
  parameter int unsigned In0Lanes  = 1,
  parameter int unsigned In1Width  = 8,
  parameter bit          In1Signed = 1,
  parameter int unsigned In1Lanes  = 1,
  parameter int unsigned OutWidth  = 9,
  parameter int unsigned OutLanes  = 1,
  parameter int unsigned ShiftA    = 0,
  parameter int unsigned ShiftB    = 0
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

  logic enable;
  assign in0_ready_o = enable && in1_valid_i;
  assign in1_ready_o = enable && in0_valid_i;

  stream_pipeline #(
    .Depth(2)
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

  logic [In0Lanes*In0Width-1:0] a_q;
  logic [In1Lanes*In1Width-1:0] b_q;
  always_ff @(posedge clk_i) begin
    if (enable) {a_q, b_q} <= {in0_data_i, in1_data_i};
  end

  for (genvar i = 0; i < OutLanes; i++) begin : gen_lane
    logic [In0Width-1:0] a;
    logic [In1Width-1:0] b;
    logic [OutWidth-1:0] a_wide, b_wide;
    assign a      = a_q[i*In0Width+:In0Width];
    assign b      = b_q[i*In1Width+:In1Width];
    // Modular: where a format is wider than the proven sum, its upper bits only repeat the sign.
    assign a_wide = In0Signed ? OutWidth'($signed(a)) : OutWidth'(a);
    assign b_wide = In1Signed ? OutWidth'($signed(b)) : OutWidth'(b);
    always_ff @(posedge clk_i) begin
      if (enable) out_data_o[i*OutWidth+:OutWidth] <= (a_wide << ShiftA) + (b_wide << ShiftB);
    end
  end

  logic unused;
  assign unused = ^{in1_eol_i, in1_eof_i};

endmodule
