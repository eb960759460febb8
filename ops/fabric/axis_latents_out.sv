// Stream to AXI4-Stream latents: one value a beat, sign- or zero-extended to tdata; tlast ends the frame.

module axis_latents_out #(
  parameter int unsigned DataWidth = 8,
  parameter int unsigned Width     = 8,
  parameter bit          Signed    = 1'b1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic flow_rst_ni,
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

  logic [DataWidth-1:0] extended;
  logic                 unused_user;

  if (DataWidth > Width) begin : gen_extend
    assign extended = {{(DataWidth - Width) {Signed && in_data_i[Width-1]}}, in_data_i};
  end else begin : gen_same
    assign extended = in_data_i;
  end

  axis_output_stage #(
    .DataWidth(DataWidth)
  ) u_stage (
    .clk_i,
    .rst_ni,
    .flow_rst_ni,
    .frame_end_o,
    .in_valid_i,
    .in_ready_o,
    .in_data_i   (extended),
    .in_user_i   (1'b0),
    .in_last_i   (in_eof_i),
    .in_end_i    (in_eof_i),
    .m_axis_tvalid,
    .m_axis_tready,
    .m_axis_tdata,
    .m_axis_tuser(unused_user),
    .m_axis_tlast
  );

endmodule
