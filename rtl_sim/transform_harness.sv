// Simulation only: feeds a transform's s_axis from a file and records its m_axis, without a line of Python a beat.
//
// stimulus.hex: a word a beat, {first of frame, tuser, tlast, tdata}. recording.tap: a line a beat, "cycle marks data"
// in hexadecimal, marks {tuser, tlast}. begins.tap: "cycle" of the first beat of every frame taken. A side stalls in
// stall/256 of the cycles. With external_i the ports of the harness drive the streams instead, and tuser is the first
// beat of every frame. With SAPM_WAVES, waves.fst has the cycles from +sapm_from to +sapm_to, after which all is said
// to be finished.

module transform_harness #(
  parameter int unsigned SWidth = 24,
  parameter int unsigned MWidth = 8
) (
  input logic clk_i,
  input logic bus_clk_i,  // A copy of the clock for the bus driver, which may rest.
  input logic rst_ni,

  input  logic        external_i,
  input  logic [ 7:0] stall_in_i,
  input  logic [ 7:0] stall_out_i,
  input  logic [31:0] seed_i,
  input  logic [31:0] beats_i,
  input  logic [31:0] patience_i,
  output logic        finished_o,
  output logic        stuck_o,
  output logic [31:0] taken_o,
  output logic [31:0] given_o,
  output logic [31:0] last_taken_o, // Cycle of the latest beat in.

  input  logic [ 7:0] s_axil_awaddr,
  input  logic        s_axil_awvalid,
  output logic        s_axil_awready,
  input  logic [31:0] s_axil_wdata,
  input  logic [ 3:0] s_axil_wstrb,
  input  logic        s_axil_wvalid,
  output logic        s_axil_wready,
  output logic [ 1:0] s_axil_bresp,
  output logic        s_axil_bvalid,
  input  logic        s_axil_bready,
  input  logic [ 7:0] s_axil_araddr,
  input  logic        s_axil_arvalid,
  output logic        s_axil_arready,
  output logic [31:0] s_axil_rdata,
  output logic [ 1:0] s_axil_rresp,
  output logic        s_axil_rvalid,
  input  logic        s_axil_rready,

  input  logic              s_axis_tvalid,
  output logic              s_axis_tready,
  input  logic [SWidth-1:0] s_axis_tdata,
  input  logic              s_axis_tuser,
  input  logic              s_axis_tlast,
  output logic              m_axis_tvalid,
  input  logic              m_axis_tready,
  output logic [MWidth-1:0] m_axis_tdata,
  output logic              m_axis_tuser,
  output logic              m_axis_tlast
);

  integer              stimulus;
  integer              recording;
  integer              begins;

  logic   [SWidth+2:0] word_q;
  logic                valid_q;
  logic                ready_q;
  logic   [      31:0] random_in_q;
  logic   [      31:0] random_out_q;
  logic   [      31:0] cycle_q;
  logic   [      31:0] idle_q;
  logic   [      31:0] taken_q;
  logic   [      31:0] given_q;
  logic   [      31:0] last_taken_q;

  logic s_valid, s_ready, s_user, s_last;
  logic [SWidth-1:0] s_data;
  logic              m_ready;

  initial begin
    stimulus  = $fopen("stimulus.hex", "r");
    recording = $fopen("recording.tap", "w");
    begins    = $fopen("begins.tap", "w");
  end

  final begin
    $fclose(recording);
    $fclose(begins);
  end

  logic waves_done;
`ifdef SAPM_WAVES
  integer unsigned waves_from;
  integer unsigned waves_to;
  logic            waves_on_q;

  initial begin
    waves_on_q = 1'b0;
    if ($value$plusargs("sapm_from=%d", waves_from) == 0) waves_from = 0;
    if ($value$plusargs("sapm_to=%d", waves_to) == 0) waves_to = '1;
  end

  always_ff @(negedge clk_i) begin
    if (rst_ni && !waves_on_q && cycle_q >= waves_from) begin
      waves_on_q <= 1'b1;
      $dumpfile("waves.fst");
      $dumpvars;
    end
  end

  assign waves_done = rst_ni && cycle_q > waves_to;
`else
  assign waves_done = 1'b0;
`endif

  assign s_valid       = external_i ? s_axis_tvalid : valid_q;
  assign s_data        = external_i ? s_axis_tdata : word_q[SWidth-1:0];
  assign s_last        = external_i ? s_axis_tlast : word_q[SWidth];
  assign s_user        = external_i ? s_axis_tuser : word_q[SWidth+1];
  assign s_axis_tready = s_ready && external_i;
  assign m_ready       = external_i ? m_axis_tready : ready_q;
  assign finished_o    = given_q >= beats_i || waves_done;
  assign stuck_o       = idle_q >= patience_i;
  assign taken_o       = taken_q;
  assign given_o       = given_q;
  assign last_taken_o  = last_taken_q;

  `SAPM_TOP u_top (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr,
    .s_axil_awvalid,
    .s_axil_awready,
    .s_axil_wdata,
    .s_axil_wstrb,
    .s_axil_wvalid,
    .s_axil_wready,
    .s_axil_bresp,
    .s_axil_bvalid,
    .s_axil_bready,
    .s_axil_araddr,
    .s_axil_arvalid,
    .s_axil_arready,
    .s_axil_rdata,
    .s_axil_rresp,
    .s_axil_rvalid,
    .s_axil_rready,
    .s_axis_tvalid(s_valid),
    .s_axis_tready(s_ready),
    .s_axis_tdata (s_data),
`ifdef SAPM_VIDEO_IN
    .s_axis_tuser (s_user),
`endif
    .s_axis_tlast (s_last),
    .m_axis_tvalid,
    .m_axis_tready(m_ready),
    .m_axis_tdata,
`ifdef SAPM_VIDEO_OUT
    .m_axis_tuser,
`endif
    .m_axis_tlast
  );

`ifndef SAPM_VIDEO_OUT
  assign m_axis_tuser = 1'b0;
`endif

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(MWidth + 2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(m_axis_tvalid),
    .ready_i(m_ready),
    .beat_i ({m_axis_tuser, m_axis_tlast, m_axis_tdata})
  );
`endif

  logic unused;
  assign unused = ^{bus_clk_i, s_user};

  function automatic logic [31:0] next_random(input logic [31:0] state);
    logic [31:0] mixed;
    mixed = state ^ (state << 13);
    mixed = mixed ^ (mixed >> 17);
    return mixed ^ (mixed << 5);
  endfunction

  // Reading a word is blocking: the file hands it over at once.
  logic [SWidth+2:0] word_read;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q      <= 1'b0;
      ready_q      <= 1'b0;
      random_in_q  <= seed_i ^ 32'h9E3779B9;
      random_out_q <= seed_i ^ 32'h85EBCA6B;
      cycle_q      <= '0;
      idle_q       <= '0;
      taken_q      <= '0;
      given_q      <= '0;
    end else begin
      cycle_q      <= cycle_q + 1'b1;
      random_in_q  <= next_random(random_in_q);
      random_out_q <= next_random(random_out_q);
      idle_q       <= ((s_valid && s_ready) || (m_axis_tvalid && m_ready)) ? '0 : idle_q + 1'b1;
      ready_q      <= random_out_q[15:8] >= stall_out_i;
      if (!valid_q || s_ready) begin
        valid_q <= 1'b0;
        if (!external_i && random_in_q[15:8] >= stall_in_i && $fscanf(stimulus, "%h\n", word_read) == 1) begin
          valid_q <= 1'b1;
          word_q  <= word_read;
        end
      end
      if (s_valid && s_ready) begin
        taken_q      <= taken_q + 1'b1;
        last_taken_q <= cycle_q;
        if (external_i ? s_axis_tuser : word_q[SWidth+2]) begin
          $fwrite(begins, "%h\n", cycle_q);
        end
      end
      if (m_axis_tvalid && m_ready) begin
        given_q <= given_q + 1'b1;
        $fwrite(recording, "%h %h %h\n", cycle_q, {2'b00, m_axis_tuser, m_axis_tlast}, m_axis_tdata);
      end
    end
  end

endmodule
