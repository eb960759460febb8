// Stream to AXI4-Stream video: one pixel a beat, tuser with the first of a frame, tlast with the last of a line.
//
// With packets_i, which stands while a frame passes, the frame is one packet: tlast comes with its last pixel.

module axis_video_out #(
  parameter int unsigned Width = 24
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic flow_rst_ni,
  input  logic packets_i,
  output logic frame_end_o,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_eol_i,
  input  logic             in_eof_i,

  output logic             m_axis_tvalid,
  input  logic             m_axis_tready,
  output logic [Width-1:0] m_axis_tdata,
  output logic             m_axis_tuser,
  output logic             m_axis_tlast
);

  logic first_q;

  always_ff @(posedge clk_i) begin
    if (!flow_rst_ni) begin
      first_q <= 1'b1;
    end else if (in_valid_i && in_ready_o) begin
      first_q <= in_eof_i;
    end
  end

  axis_output_stage #(
    .DataWidth(Width)
  ) u_stage (
    .clk_i,
    .rst_ni,
    .flow_rst_ni,
    .frame_end_o,
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .in_user_i(first_q),
    .in_last_i(packets_i ? in_eof_i : in_eol_i),
    .in_end_i (in_eof_i),
    .m_axis_tvalid,
    .m_axis_tready,
    .m_axis_tdata,
    .m_axis_tuser,
    .m_axis_tlast
  );

endmodule
