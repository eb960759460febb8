// Property: what it asks of the bus, the transform and the line stands until it is taken; one request at a time, once; beats are marked as was asked; a reset ends all
// Proof: induction, SBytes=2 MBytes=1

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(8)) u_aw (.clk_i, .live_i(live), .valid_i(m_axil_awvalid), .ready_i(m_axil_awready), .beat_i(m_axil_awaddr));
  proof_held #(.Width(32)) u_w (.clk_i, .live_i(live), .valid_i(m_axil_wvalid), .ready_i(m_axil_wready), .beat_i(m_axil_wdata));
  proof_held #(.Width(8)) u_ar (.clk_i, .live_i(live), .valid_i(m_axil_arvalid), .ready_i(m_axil_arready), .beat_i(m_axil_araddr));
  proof_held #(.Width(8 * SBytes + 2)) u_m (
    .clk_i, .live_i(live), .valid_i(m_axis_tvalid), .ready_i(m_axis_tready), .beat_i({m_axis_tuser, m_axis_tlast, m_axis_tdata})
  );
  proof_held #(.Width(8)) u_send (.clk_i, .live_i(live), .valid_i(send_valid_o), .ready_i(send_ready_i), .beat_i(send_o));
  // The bus answers what it has taken.
  always_comb begin
    if (m_axil_bvalid) assume (state_q == StAccess && writing_q && address_sent_q && value_sent_q);
    if (m_axil_rvalid) assume (state_q == StAccess && !writing_q && address_sent_q);
  end
  // What has been taken of the request, and what the command of data said.
  logic fresh_q, address_done_q, value_done_q, begins_q;
  logic [1:0] wanted_q;
  logic [7:0] bytes_q;  // Of the beat.
  always_ff @(posedge clk_i) begin
    fresh_q <= !rst_ni;
    if (!live || state_q != StAccess) {address_done_q, value_done_q} <= '0;
    else begin
      if ((m_axil_awvalid && m_axil_awready) || (m_axil_arvalid && m_axil_arready)) address_done_q <= 1'b1;
      if (m_axil_wvalid && m_axil_wready) value_done_q <= 1'b1;
    end
    if (take && state_q == StMarks) wanted_q <= received_i[1:0];
    if (take && state_q == StBeats) bytes_q <= bytes_q + 1'b1;
    else if (state_q == StCount || (m_axis_tvalid && m_axis_tready)) bytes_q <= '0;
    if (take && state_q == StCount) begins_q <= 1'b1;
    else if (m_axis_tvalid && m_axis_tready) begins_q <= 1'b0;
  end
  always_comb if (live) begin
    assert (state_q <= StBeats);
    if (fresh_q) assert (state_q == StCommand && !m_axis_tvalid && !send_valid_o);
    if (state_q == StAccess) assert (address_done_q == address_sent_q && (!writing_q || value_done_q == value_sent_q));
    else if (state_q == StAddress || state_q == StValue) assert (!address_sent_q && !value_sent_q);
    if (state_q == StCount || state_q == StBeats) assert (wanted_q == marks_q);
    if (state_q == StBeats) begin
      assert (begins_q == beat_first_q && 32'(bytes_q) == (beat_valid_q ? SBytes : 32'(byte_q)));
      assert (beat_valid_q || 32'(byte_q) < SBytes);
    end
    if (m_axis_tvalid) assert (m_axis_tuser == (begins_q && wanted_q[1]) && m_axis_tlast == (beat_last && wanted_q[0]));
    assert (!(m_axil_awvalid && m_axil_arvalid) && !(m_axil_wvalid && m_axil_arvalid));
    if (beat_valid_q) assert (state_q == StBeats && !received_ready_o);
  end
