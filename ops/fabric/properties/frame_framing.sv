// Property: every frame leaves with the framing that it was started with, up to four on their way
// Proof: induction

  logic       live;
  logic [7:0] held;
  logic [3:0] framings;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_queue #(.Width(1), .Capacity(4)) u_queue (
    .clk_i, .live_i(live), .push_i(start_i), .entering_i(packets_i), .valid_i(held != '0), .ready_i(end_i),
    .offered_i(packets_o), .count_o(held), .held_o(framings)
  );
  always_comb if (live) begin
    if (start_i) assume (held < 8'd4);
    if (end_i) assume (held != '0);
    assert (held <= 8'd4 && write_q == 2'(read_q + held[1:0]));
    for (int unsigned i = 0; i < 4; i++) begin
      if (held > 8'(i)) assert (packets_q[2'(read_q+2'(i))] == framings[i]);
    end
  end
