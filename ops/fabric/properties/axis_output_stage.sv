// Property: an offer on m_axis stands until it is taken, whatever is reset behind it; a packet that was cut off is closed by a zero; a frame ends with its last beat
// Proof: induction, DataWidth=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(DataWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(m_axis_tvalid), .ready_i(m_axis_tready),
    .beat_i({m_axis_tuser, m_axis_tlast, m_axis_tdata})
  );
  // The receiver's view: whether its packet is open. The sender's: whether it has been cut off since.
  logic receiving_q, cut_q;
  always_ff @(posedge clk_i) begin
    if (!live) {receiving_q, cut_q} <= '0;
    else begin
      if (m_axis_tvalid && m_axis_tready) receiving_q <= !m_axis_tlast;
      if (!flow_rst_ni && open_q) cut_q <= 1'b1;
      else if (close_q && free) cut_q <= 1'b0;
    end
  end
  // Whether the beat that is offered came as a frame's last one, and whether it closes a packet.
  logic ends_q, closes_q;
  always_ff @(posedge clk_i) begin
    if (!live || !flow_rst_ni) ends_q <= 1'b0;
    else if (take) ends_q <= in_end_i;
    if (!live) closes_q <= 1'b0;
    else if (free) closes_q <= close_q;
  end
  always_comb if (live) begin
    if (valid_q) assert (ends_q == end_q);
    assert (frame_end_o == (m_axis_tvalid && m_axis_tready && ends_q && flow_rst_ni));
    if (m_axis_tvalid && closes_q) assert (m_axis_tlast && !m_axis_tuser && m_axis_tdata == '0);
    assert (close_q == cut_q && !(close_q && open_q));
    assert (!take || (flow_rst_ni && !close_q));
    // A packet is open at the receiver once all is taken that was offered, as far as it was sent and will be closed.
    assert ((valid_q ? !m_axis_tlast : receiving_q) == (open_q || close_q));
    if (frame_end_o) assert (flow_rst_ni && m_axis_tvalid);
  end
