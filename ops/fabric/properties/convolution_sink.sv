// Property: an offer stands until it is taken
// Proof: induction, SumWidth=2 OutWidth=3 Beats=1 Groups=1
// Proof: induction, SumWidth=2 OutWidth=3 Beats=9 Groups=1
// Property: a result finds room whenever one is announced while there is room for it; none is lost, twice or out of order
// Proof: bound 14, SumWidth=2 OutWidth=3 Beats=1 Groups=1 ChannelFile="words.mem"

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Pe * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef BOUND
  // Windows of one word each, whose sums come Delay cycles after their valid; the bias is the first word of the file.
  logic       sum_valid, sum_eol, sum_eof, known;
  logic [7:0] held;
  logic [(Results+1)*(OutWidth+2)-1:0] results_held;
  always_comb begin
    assume (first_i && last_i && !void_i && closes_i && (!eof_i || eol_i));
    if (live && valid_i) assume (room_o);
    if (!live) assume (!valid_i);
  end
  logic [3:0] waited_q;
  always_ff @(posedge clk_i) waited_q <= live ? waited_q + 4'(waited_q != '1) : '0;
  always_comb if (waited_q < 4'd4) assume (!valid_i);  // Until the bias has been read.
  always_comb if (live && waited_q != '0) assume (rst_ni);
  proof_delay #(.Width(3), .Depth(Delay)) u_marks (
    .clk_i, .enable_i(1'b1), .data_i({valid_i, eol_i, eof_i}), .data_o({sum_valid, sum_eol, sum_eof}), .known_o(known)
  );
  proof_queue #(.Width(OutWidth + 2), .Capacity(Results + 1)) u_queue (
    .clk_i, .live_i(live), .push_i(known && sum_valid), .entering_i({sum_eof, sum_eol, OutWidth'(32'(sums_i) + 32'd11)}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o, out_data_o}),
    .count_o(held), .held_o(results_held)
  );
  always_comb if (live && result_valid_q) assert (unused_ready);
`endif
