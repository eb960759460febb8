// Property: a byte that was received stands until it is taken
// Proof: induction, BitCycles=4 Depth=4 Reserve=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(8)) u_out (
    .clk_i, .live_i(live), .valid_i(received_valid_o), .ready_i(received_ready_i), .beat_i(received_o)
  );
  logic failed_q = 1'b0;  // An error is not forgotten.
  always_ff @(posedge clk_i) failed_q <= live && (error_o || error || (valid && !ready));
  always_comb if (live && failed_q) assert (error_o);
