// Property: an offer stands until it is taken
// Proof: induction, InChannels=2 Simd=2 OutChannels=1 OutWidth=6 Kernel=1 Stages=2 SumWidth=4 WeightWidth=3

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Pe * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
