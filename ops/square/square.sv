// Square: x * x as gated shifts of abs(x), two digits a stage.

module square #(
  parameter int unsigned InWidth  = 8,
  parameter bit          InSigned = 1,
  parameter int unsigned InLanes  = 1,
  parameter int unsigned OutWidth = 15,
  parameter int unsigned OutLanes = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  input  logic [  InLanes*InWidth-1:0] in_data_i,
  input  logic                         in_eol_i,
  input  logic                         in_eof_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  localparam int unsigned Digits = 2;  // Of a stage.
  localparam int unsigned Stages = (InWidth + Digits - 1) / Digits;

  stream_pipeline #(
    .Depth(Stages + 1)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_eol_i,
    .in_eof_i,
    .out_valid_o,
    .out_ready_i,
    .out_eol_o,
    .out_eof_o
  );

  for (genvar i = 0; i < OutLanes; i++) begin : gen_lane
    logic [InWidth-1:0] element, positive;
    logic [Stages*Digits-1:0] entry_q;
    assign element  = in_data_i[i*InWidth+:InWidth];
    assign positive = (InSigned && element[InWidth-1]) ? -element : element;
    always_ff @(posedge clk_i) begin
      if (in_ready_o) entry_q <= (Stages * Digits)'(positive);
    end

    // Modular in the width of the result, which is proven to hold the square.
    for (genvar stage = 0; stage < Stages; stage++) begin : gen_stage
      logic [Stages*Digits-1:0] magnitude;
      /* verilator lint_off UNUSEDSIGNAL */  // The last stage's copy has no reader.
      logic [Stages*Digits-1:0] magnitude_q;
      /* verilator lint_on UNUSEDSIGNAL */
      logic [OutWidth-1:0] sum, sum_q, total, shifted;
      if (stage == 0) begin : gen_first
        assign magnitude = entry_q;
        assign sum       = '0;
      end else begin : gen_next
        assign magnitude = gen_stage[stage-1].magnitude_q;
        assign sum       = gen_stage[stage-1].sum_q;
      end
      assign shifted = OutWidth'(magnitude) << (stage * Digits);
      always_comb begin
        total = sum;
        for (int unsigned digit = 0; digit < Digits; digit++) begin
          if (magnitude[stage*Digits+digit]) total = total + (shifted << digit);
        end
      end
      always_ff @(posedge clk_i) begin
        if (in_ready_o) begin
          magnitude_q <= magnitude;
          sum_q       <= total;
        end
      end
    end
    assign out_data_o[i*OutWidth+:OutWidth] = gen_stage[Stages-1].sum_q;
  end

endmodule
