// Property: an offer on m_axis stands until it is taken; values leave in order with their sign, none lost or twice
// Proof: induction, DataWidth=4 Width=2
// Proof: induction, DataWidth=4 Width=2 Signed=0

  logic                     live;
  logic [7:0]               held;
  logic [2*(Width+1)-1:0]   beats;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_comb assume (flow_rst_ni == rst_ni);
  proof_held #(.Width(DataWidth + 1)) u_out (
    .clk_i, .live_i(live), .valid_i(m_axis_tvalid), .ready_i(m_axis_tready), .beat_i({m_axis_tlast, m_axis_tdata})
  );
  proof_queue #(.Width(Width + 1), .Capacity(2)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_data_i}),
    .valid_i(m_axis_tvalid), .ready_i(m_axis_tready), .offered_i({m_axis_tlast, m_axis_tdata[Width-1:0]}),
    .count_o(held), .held_o(beats)
  );
  always_comb if (live) begin
    assert (held == 8'(m_axis_tvalid));
    if (m_axis_tvalid) assert (m_axis_tdata[DataWidth-1:Width] == {(DataWidth - Width) {Signed && m_axis_tdata[Width-1]}});
  end
