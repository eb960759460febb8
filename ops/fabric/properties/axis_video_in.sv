// Property: an offer stands until it is taken; no pixel of a frame is lost, twice or out of order, and its marks are those of the size
// Proof: induction, Width=1 SizeWidth=2

  logic               live;
  logic [7:0]         held;
  logic [2*(Width+2)-1:0] beats;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_comb assume (flow_rst_ni == rst_ni && !flush_i && width_i != '0 && height_i != '0);
  proof_held #(.Width(Width + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  proof_queue #(.Width(Width + 2), .Capacity(1)) u_queue (
    .clk_i, .live_i(live), .push_i(s_axis_tvalid && s_axis_tready && !discard && !drop),
    .entering_i({last, last_of_line, s_axis_tdata}), .valid_i(out_valid_o), .ready_i(out_ready_i),
    .offered_i({out_eof_o, out_eol_o, out_data_o}), .count_o(held), .held_o(beats)
  );
  always_comb if (live) begin
    assert (held == 8'(valid_q));
    assert (frame_begin_o == (s_axis_tvalid && s_axis_tready && !discard && first && (packets || s_axis_tuser)));
    assert (error_start_o == (take && !packets && first != s_axis_tuser));
    if (error_last_o) assert (take);
    if (active && !discard && (held == '0 || out_ready_i)) assert (s_axis_tready);
  end
