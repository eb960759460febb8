// Property: a byte that was received stands until it is taken; the line asks for silence while few more would fit
// Proof: induction, BitCycles=4 Depth=4 Reserve=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(8)) u_out (
    .clk_i, .live_i(live), .valid_i(received_valid_o), .ready_i(received_ready_i), .beat_i(received_o)
  );
  logic failed_q = 1'b0;  // An error is not forgotten.
  always_ff @(posedge clk_i) failed_q <= live && (error_o || error || (valid && !ready));
  logic                 fresh_q, crowded_q;
  logic [LevelBits-1:0] held_q;  // Bytes that wait.
  always_ff @(posedge clk_i) begin
    fresh_q   <= !rst_ni;
    crowded_q <= 32'(held_q) >= Depth - Reserve;
    if (!live) held_q <= '0;
    else held_q <= held_q + LevelBits'(valid && ready) - LevelBits'(received_valid_o && received_ready_i);
  end
  always_comb if (live) begin
    assert (held_q == level_q);
    if (fresh_q) assert (rts_no && !error_o);
    else assert (rts_no == crowded_q);
  end
  always_comb if (live && failed_q) assert (error_o);
