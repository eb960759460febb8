// Property: an offer stands until it is taken
// Proof: induction, Channels=2 InLanes=1 Width=1 Kernel=1 Groups=2
// Proof: induction, Channels=3 InLanes=3 Simd=2 Width=1 Kernel=1
// Proof: induction, Channels=1 InLanes=1 Width=1 Kernel=3 MaxWidth=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Rows * Simd * Width + Rows + 6)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i),
    .beat_i({out_eof_o, out_eol_o, out_closes_o, out_void_o, out_last_o, out_first_o, out_inside_o, out_data_o})
  );
