// Property: an offer on m_axis stands until it is taken; pixels leave in order, none lost or twice; tuser with the first of a frame
// Proof: induction, Width=2

  logic                 live, begins_q;
  logic [7:0]           held;
  logic [2*(Width+2)-1:0] beats;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_comb assume (flow_rst_ni == rst_ni);
  always_comb if (in_eof_i) assume (in_eol_i);
  proof_held #(.Width(Width + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(m_axis_tvalid), .ready_i(m_axis_tready),
    .beat_i({m_axis_tuser, m_axis_tlast, m_axis_tdata})
  );
  always_ff @(posedge clk_i) begin
    if (!live) begins_q <= 1'b1;
    else if (in_valid_i && in_ready_o) begins_q <= in_eof_i;
  end
  proof_queue #(.Width(Width + 2), .Capacity(2)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o),
    .entering_i({begins_q, packets_i ? in_eof_i : in_eol_i, in_data_i}), .valid_i(m_axis_tvalid), .ready_i(m_axis_tready),
    .offered_i({m_axis_tuser, m_axis_tlast, m_axis_tdata}), .count_o(held), .held_o(beats)
  );
  always_comb if (live) assert (held == 8'(m_axis_tvalid) && begins_q == first_q);
