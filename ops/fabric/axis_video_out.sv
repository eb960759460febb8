// Stream to AXI4-Stream video: one pixel a beat, tuser with the first of a frame, tlast with the last of a line.

module axis_video_out #(
  parameter int unsigned Width = 24
) (
  input  logic clk_i,
  input  logic rst_ni,
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

  assign m_axis_tvalid = in_valid_i;
  assign in_ready_o    = m_axis_tready;
  assign m_axis_tdata  = in_data_i;
  assign m_axis_tuser  = first_q;
  assign m_axis_tlast  = in_eol_i;
  assign frame_end_o   = in_valid_i && m_axis_tready && in_eof_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
    end else if (in_valid_i && m_axis_tready) begin
      first_q <= in_eof_i;
    end
  end

endmodule
