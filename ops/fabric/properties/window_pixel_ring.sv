// Property: an offer stands until it is taken
// Proof: induction, Channels=3 Simd=2 Width=1 Groups=2
// Property: every pixel leaves Groups times, word by word, in order, none lost; its marks with the last word of the last time
// Proof: bound 14, Channels=3 Simd=2 Width=1 Groups=2
// Proof: bound 14, Channels=5 Simd=2 Width=1 Groups=1

  logic       live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(WordWidth + 5)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i),
    .beat_i({out_eof_o, out_eol_o, out_last_o, out_first_o, out_inside_o, out_data_o})
  );
`ifdef BOUND
  // Pixels that entered and have not left for the last time.
  logic [7:0] held;
  logic [Channels*Width+1:0] pixel;
  logic [7:0] out_word_q, out_group_q;
  logic       leaves;
  assign leaves = (32'(out_word_q) == Words - 1) && (32'(out_group_q) == Groups - 1);
  proof_queue #(.Width(Channels * Width + 2), .Capacity(1)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_eol_i, in_data_i}),
    .valid_i(out_valid_o), .ready_i(out_ready_i && leaves), .offered_i(pixel), .count_o(held), .held_o(pixel)
  );
  always_ff @(posedge clk_i) begin
    if (!live) {out_word_q, out_group_q} <= '0;
    else if (out_valid_o && out_ready_i) begin
      out_word_q <= (32'(out_word_q) == Words - 1) ? '0 : out_word_q + 1'b1;
      if (32'(out_word_q) == Words - 1) out_group_q <= (32'(out_group_q) == Groups - 1) ? '0 : out_group_q + 1'b1;
    end
  end
  logic [RingWidth-1:0] filled;
  assign filled = RingWidth'(pixel[Channels*Width-1:0]);
  always_comb if (live && out_valid_o) begin
    assert (out_first_o == (out_word_q == '0) && out_last_o == (32'(out_word_q) == Words - 1));
    assert (out_data_o == WordWidth'(filled >> (32'(out_word_q) * WordWidth)));
    assert ({out_eof_o, out_eol_o} == (leaves ? pixel[Channels*Width+:2] : 2'b00));
  end
`endif
