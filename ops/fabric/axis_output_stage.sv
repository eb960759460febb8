// The register before an AXI4-Stream port, which keeps the port's protocol when the data flow behind it is reset.
//
// An offered beat stands until it is taken, whatever is reset behind it. A packet that a soft reset cut off is closed by
// one beat of zeros with tlast, so that no receiver waits for its end.

module axis_output_stage #(
  parameter int unsigned DataWidth = 8
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic flow_rst_ni,
  output logic frame_end_o,  // The last beat of a frame leaves.

  input  logic                 in_valid_i,
  output logic                 in_ready_o,
  input  logic [DataWidth-1:0] in_data_i,
  input  logic                 in_user_i,
  input  logic                 in_last_i,
  input  logic                 in_end_i,

  output logic                 m_axis_tvalid,
  input  logic                 m_axis_tready,
  output logic [DataWidth-1:0] m_axis_tdata,
  output logic                 m_axis_tuser,
  output logic                 m_axis_tlast
);

  logic valid_q;
  logic open_q;  // The packet of the latest beat has not ended.
  logic close_q;  // It never will: a closing beat must follow.
  logic end_q;
  logic free;
  logic take;

  assign free          = !valid_q || m_axis_tready;
  assign in_ready_o    = free && flow_rst_ni && !close_q;
  assign take          = in_valid_i && in_ready_o;
  assign m_axis_tvalid = valid_q;
  assign frame_end_o   = valid_q && m_axis_tready && end_q && flow_rst_ni;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      open_q  <= 1'b0;
      close_q <= 1'b0;
      end_q   <= 1'b0;
    end else begin
      if (free) begin
        valid_q <= take || close_q;
      end
      if (take) begin
        open_q <= !in_last_i;
      end else if (!flow_rst_ni) begin
        open_q <= 1'b0;
      end
      close_q <= (close_q && !free) || (!flow_rst_ni && open_q);
      end_q   <= flow_rst_ni && (take ? in_end_i : end_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (free) begin
      m_axis_tdata <= close_q ? '0 : in_data_i;
      m_axis_tuser <= in_user_i && !close_q;
      m_axis_tlast <= in_last_i || close_q;
    end
  end

endmodule
