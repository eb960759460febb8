// Between our stream adapters and a core made by an HLS tool: its control, and its AXI4-Streams with their marks.
//
// The core marks the ends of lines of video only; the end of the frame is found by counting them. One frame is in the
// core at a time.

module core_bridge #(
  parameter int unsigned InWidth         = 24,
  parameter int unsigned InDataWidth     = 24,
  parameter bit          InVideo         = 1'b1,
  parameter int unsigned OutWidth        = 8,
  parameter int unsigned OutDataWidth    = 8,
  parameter bit          OutVideo        = 1'b0,
  parameter int unsigned RateNumerator   = 1,
  parameter int unsigned RateDenominator = 1,
  parameter int unsigned SizeWidth       = 16
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic                 start_valid_i,
  output logic                 start_ready_o,
  output logic                 begin_valid_o,  // To the input adapter, which starts with the core.
  input  logic                 begin_ready_i,
  input  logic [SizeWidth-1:0] width_i,
  input  logic [SizeWidth-1:0] height_i,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InWidth-1:0] in_data_i,
  input  logic               in_eol_i,
  input  logic               in_eof_i,

  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [OutWidth-1:0] out_data_o,
  output logic                out_eol_o,
  output logic                out_eof_o,

  output logic                    core_s_valid_o,
  input  logic                    core_s_ready_i,
  output logic [ InDataWidth-1:0] core_s_data_o,
  output logic                    core_s_user_o,
  output logic                    core_s_last_o,
  input  logic                    core_m_valid_i,
  output logic                    core_m_ready_o,
  input  logic [OutDataWidth-1:0] core_m_data_i,
  input  logic                    core_m_last_i,

  output logic [ 4:0] core_awaddr_o,
  output logic        core_awvalid_o,
  input  logic        core_awready_i,
  output logic [31:0] core_wdata_o,
  output logic        core_wvalid_o,
  input  logic        core_wready_i,
  input  logic        core_bvalid_i,
  output logic        core_bready_o,
  output logic [ 4:0] core_araddr_o,
  output logic        core_arvalid_o,
  input  logic        core_arready_i,
  input  logic [31:0] core_rdata_i,
  input  logic        core_rvalid_i,
  output logic        core_rready_o
);

  logic                 starter_ready;
  logic                 started;
  logic                 first_q;
  logic [SizeWidth-1:0] rows_q;  // Lines of the result that are still to come, this one included.

  assign start_ready_o = starter_ready && begin_ready_i;
  assign begin_valid_o = start_valid_i && starter_ready;
  assign started       = start_valid_i && start_ready_o;

  core_starter #(
    .SizeWidth(SizeWidth)
  ) u_starter (
    .clk_i,
    .rst_ni,
    .start_valid_i(started),
    .start_ready_o(starter_ready),
    .width_i,
    .height_i,
    .frame_end_i(out_valid_o && out_ready_i && out_eof_o),
    .awaddr_o(core_awaddr_o),
    .awvalid_o(core_awvalid_o),
    .awready_i(core_awready_i),
    .wdata_o(core_wdata_o),
    .wvalid_o(core_wvalid_o),
    .wready_i(core_wready_i),
    .bvalid_i(core_bvalid_i),
    .bready_o(core_bready_o),
    .araddr_o(core_araddr_o),
    .arvalid_o(core_arvalid_o),
    .arready_i(core_arready_i),
    .rdata_i(core_rdata_i),
    .rvalid_i(core_rvalid_i),
    .rready_o(core_rready_o)
  );

  assign core_s_valid_o = in_valid_i;
  assign in_ready_o     = core_s_ready_i;
  assign core_s_data_o  = InDataWidth'(in_data_i);
  assign core_s_user_o  = InVideo && first_q;
  assign core_s_last_o  = InVideo ? in_eol_i : in_eof_i;

  assign out_valid_o    = core_m_valid_i;
  assign core_m_ready_o = out_ready_i;
  assign out_data_o     = core_m_data_i[OutWidth-1:0];
  assign out_eol_o      = core_m_last_i;
  assign out_eof_o      = core_m_last_i && (!OutVideo || rows_q == SizeWidth'(1));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
    end else if (in_valid_i && in_ready_o) begin
      first_q <= in_eof_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (started) begin
      rows_q <= SizeWidth'(32'(height_i) * RateNumerator / RateDenominator);
    end else if (out_valid_o && out_ready_i && core_m_last_i) begin
      rows_q <= rows_q - 1'b1;
    end
  end

  logic unused;
  assign unused = ^{core_m_data_i, in_eol_i};

endmodule
