// InverseGdnNormalize: x times the integer square root of the norm; each digit of the root, once found, gates a sum.

module inverse_gdn_normalize #(
  parameter int unsigned In0Width  = 8,
  parameter bit          In0Signed = 1,
  parameter int unsigned In0Lanes  = 1,
  parameter int unsigned In1Width  = 12,
  parameter int unsigned In1Lanes  = 1,
  parameter int unsigned OutWidth  = 14,
  parameter int unsigned OutLanes  = 1
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

  stream_pipeline #(
    .Depth(RootStages + 1)
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
    logic [RootStages-1:0] digits, unused_root;
    square_root #(
      .Width(In1Width)
    ) u_root (
      .clk_i,
      .enable_i(enable),
      .value_i (in1_data_i[i*In1Width+:In1Width]),
      .root_o  (unused_root),
      .digits_o(digits)
    );

    // Horner's scheme, one stage behind the root. Modular in the width of the result, which is proven to hold it.
    for (genvar stage = 0; stage < RootStages; stage++) begin : gen_stage
      logic [In0Width-1:0] x, x_q;
      logic [OutWidth-1:0] wide, product, product_q;
      if (stage == 0) begin : gen_first
        assign x       = in0_data_i[i*In0Width+:In0Width];
        assign product = '0;
      end else begin : gen_next
        assign x       = gen_stage[stage-1].x_q;
        assign product = gen_stage[stage-1].product_q;
      end
      assign wide = In0Signed ? OutWidth'($signed(x_q)) : OutWidth'(x_q);
      always_ff @(posedge clk_i) begin
        if (enable) begin
          x_q       <= x;
          product_q <= (product << 1) + (digits[RootStages-1-stage] ? wide : '0);
        end
      end
    end
    assign out_data_o[i*OutWidth+:OutWidth] = gen_stage[RootStages-1].product_q;
    logic unused_lane;
    assign unused_lane = ^unused_root;
  end

  logic unused;
  assign unused = ^{in1_eol_i, in1_eof_i};

endmodule
