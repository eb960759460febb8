// Property: an offer stands until it is taken while the core keeps the protocol; marks are those of the port; the last line, and it alone, ends a frame
// Proof: induction, InWidth=2 InDataWidth=8 OutWidth=2 OutDataWidth=8 OutVideo=1 SizeWidth=3
// Proof: induction, InWidth=2 InDataWidth=8 OutWidth=2 OutDataWidth=8 OutVideo=0 SizeWidth=3
// Proof: induction, InWidth=2 InDataWidth=8 OutWidth=2 OutDataWidth=8 InVideo=0 SizeWidth=3

  logic                 live, begins_q, runs_q;
  logic [SizeWidth-1:0] lines_q, all_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutDataWidth + 1), .Assumed(1)) u_core (
    .clk_i, .live_i(live), .valid_i(core_m_valid_i), .ready_i(core_m_ready_o), .beat_i({core_m_last_i, core_m_data_i})
  );
  proof_held #(.Width(InWidth + 2), .Assumed(1)) u_in (
    .clk_i, .live_i(live), .valid_i(in_valid_i), .ready_i(in_ready_o), .beat_i({in_eof_i, in_eol_i, in_data_i})
  );
  proof_held #(.Width(InDataWidth + 2)) u_core_s (
    .clk_i, .live_i(live), .valid_i(core_s_valid_o), .ready_i(core_s_ready_i),
    .beat_i({core_s_last_o, core_s_user_o, core_s_data_o})
  );
  always_comb begin
    assume (height_i != '0);
    if (core_m_valid_i) assume (!starter_ready && lines_q < all_q);  // The core gives what it was started for.
  end
  proof_held #(.Width(OutWidth + 1)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eol_o, out_data_o})
  );
  always_ff @(posedge clk_i) begin
    if (!live) runs_q <= 1'b0;
    else if (started) runs_q <= 1'b1;
    else if (out_valid_o && out_ready_i && out_eof_o) runs_q <= 1'b0;
    if (!live) begins_q <= 1'b1;
    else if (in_valid_i && in_ready_o) begins_q <= in_eof_i;
    if (!live) {lines_q, all_q} <= '0;
    else if (started) {lines_q, all_q} <= {SizeWidth'(0), height_i};
    else if (out_valid_o && out_ready_i && out_eol_o) lines_q <= lines_q + 1'b1;
  end
  always_comb if (live) begin
    assert (begin_valid_o == (start_valid_i && starter_ready) && started == (begin_valid_o && begin_ready_i));
    if (lines_q < all_q) assert (rows_q == all_q - lines_q);
    assert (!runs_q || !starter_ready);
    assert (core_s_user_o == (InVideo && begins_q) && core_s_last_o == (InVideo ? in_eol_i : in_eof_i));
    assert (begins_q == first_q && lines_q <= all_q);
    if (core_m_valid_i) assert (out_eof_o == (core_m_last_i && (!OutVideo || lines_q == all_q - 1'b1)));
  end
