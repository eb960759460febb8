// Property: an offer stands until it is taken; nothing is lost, twice or out of order
// Proof: induction, Width=2

  logic                live;
  logic [7:0]          held;
  logic [Width+1:0]    oldest;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Width + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  proof_queue #(.Width(Width + 2), .Capacity(1)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_eol_i, in_data_i}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o, out_data_o}),
    .count_o(held), .held_o(oldest)
  );
  always_comb if (live) assert (held == 8'(valid_q));
