// AXI4-Stream video to stream: one pixel a beat, its channels side by side, the first in the low bits.
//
// tuser marks the first pixel of a frame, tlast the last of a line. Lines are counted by the size given at start;
// where the marks disagree an error is flagged, and beats before the first tuser of a frame are dropped.
//
// A frame that was started with packets_i is one packet: tuser is not looked at, and tlast ends the frame.

module axis_video_in #(
  parameter int unsigned Width     = 24,
  parameter int unsigned SizeWidth = 16
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic flow_rst_ni,
  input  logic flush_i,
  input  logic packets_i,
  output logic discarding_o,

  input  logic                 start_valid_i,
  output logic                 start_ready_o,
  input  logic [SizeWidth-1:0] width_i,
  input  logic [SizeWidth-1:0] height_i,
  output logic                 frame_begin_o,
  output logic                 error_start_o,
  output logic                 error_last_o,

  input  logic             s_axis_tvalid,
  output logic             s_axis_tready,
  input  logic [Width-1:0] s_axis_tdata,
  input  logic             s_axis_tuser,
  input  logic             s_axis_tlast,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o,
  output logic             out_eol_o,
  output logic             out_eof_o
);

  logic             active;
  logic             first;
  logic             last_of_line;
  logic             last;
  logic             take;
  logic             drop;
  logic             discard;
  logic             packets;
  logic             packets_q;  // Framing of the frame that is being taken.
  logic             valid_q;
  logic [Width-1:0] data_q;
  logic             eol_q;
  logic             eof_q;

  frame_counter #(
    .BeatsPerPixel(1),
    .SizeWidth    (SizeWidth)
  ) u_counter (
    .clk_i,
    .rst_ni        (flow_rst_ni),
    .start_valid_i,
    .start_ready_o,
    .width_i,
    .height_i,
    .advance_i     (take && !drop),
    .active_o      (active),
    .first_o       (first),
    .last_of_line_o(last_of_line),
    .last_o        (last)
  );

  axis_discard u_discard (
    .clk_i,
    .rst_ni,
    .flow_rst_ni,
    .flush_i,
    .marked_i (!packets),
    .valid_i  (s_axis_tvalid),
    .ready_i  (s_axis_tready),
    .user_i   (s_axis_tuser),
    .last_i   (s_axis_tlast),
    .discard_o(discard),
    .discarding_o
  );

  assign packets       = active ? packets_q : packets_i;
  assign s_axis_tready = discard || (active && (!valid_q || out_ready_i));
  assign take          = s_axis_tvalid && s_axis_tready && !discard;
  assign drop          = first && !s_axis_tuser && !packets;

  assign frame_begin_o = take && first && !drop;
  assign error_start_o = take && (first != s_axis_tuser) && !packets;
  assign error_last_o  = take && !drop && ((packets ? last : last_of_line) != s_axis_tlast);

  always_ff @(posedge clk_i) begin
    if (!flow_rst_ni) begin
      valid_q <= 1'b0;
    end else if (take) begin
      valid_q <= !drop;
    end else if (out_ready_i) begin
      valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!active) begin
      packets_q <= packets_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      data_q <= s_axis_tdata;
      eol_q  <= last_of_line;
      eof_q  <= last;
    end
  end

  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;
  assign out_eol_o   = eol_q;
  assign out_eof_o   = eof_q;

endmodule
