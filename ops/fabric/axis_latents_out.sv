// Stream to AXI4-Stream latents: one value a beat, sign- or zero-extended to tdata; tlast ends the frame.

module axis_latents_out #(
  parameter int unsigned DataWidth = 8,
  parameter int unsigned Width     = 8,
  parameter bit          Signed    = 1'b1
) (
  output logic frame_end_o,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_eof_i,

  output logic                 m_axis_tvalid,
  input  logic                 m_axis_tready,
  output logic [DataWidth-1:0] m_axis_tdata,
  output logic                 m_axis_tlast
);

  if (DataWidth > Width) begin : gen_extend
    assign m_axis_tdata = {{(DataWidth - Width) {Signed && in_data_i[Width-1]}}, in_data_i};
  end else begin : gen_same
    assign m_axis_tdata = in_data_i;
  end

  assign m_axis_tvalid = in_valid_i;
  assign in_ready_o    = m_axis_tready;
  assign m_axis_tlast  = in_eof_i;
  assign frame_end_o   = in_valid_i && m_axis_tready && in_eof_i;

endmodule
