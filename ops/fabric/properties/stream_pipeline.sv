// Property: an offer stands until it is taken; no mark is lost, twice or out of order
// Proof: induction, Depth=1
// Proof: induction, Depth=4

  logic               live;
  logic [7:0]         held, found;
  logic [2*Depth-1:0] marks;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o})
  );
  proof_queue #(.Width(2), .Capacity(Depth)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_eol_i}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o}), .count_o(held), .held_o(marks)
  );
  always_comb begin
    found = '0;
    for (int unsigned i = 0; i < Depth; i++) begin
      if (valid_q[Depth-1-i]) begin
        if (live) assert ({eof_q[Depth-1-i], eol_q[Depth-1-i]} == marks[2*found+:2]);
        found = found + 1'b1;
      end
    end
    if (live) assert (held == found);
  end
