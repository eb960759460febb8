// Property: an offer stands until it is taken
// Proof: induction, Words=2 Width=1 Groups=2
// Property: every pixel leaves Groups times, word by word, in order, none lost; its marks with the last word of the last time
// Proof: bound 14, Words=2 Width=1 Groups=2
// Proof: bound 12, Words=1 Width=1 Groups=1
// Proof: bound 16, Words=3 Width=1 Groups=1

  logic       live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Width + 5)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i),
    .beat_i({out_eof_o, out_eol_o, out_last_o, out_first_o, out_inside_o, out_data_o})
  );
`ifdef BOUND
  // A free pixel among the first: what enters as its words must leave as its words.
  (* anyconst *) logic [1:0] chosen;
  logic [Words*(Width+2)-1:0] pixel_q;
  logic [7:0] in_word_q, in_pixel_q, out_word_q, out_group_q, out_pixel_q;
  always_ff @(posedge clk_i) begin
    if (!live) {in_word_q, in_pixel_q, out_word_q, out_group_q, out_pixel_q} <= '0;
    else begin
      if (in_valid_i && in_ready_o) begin
        in_word_q <= (32'(in_word_q) == Words - 1) ? '0 : in_word_q + 1'b1;
        if (32'(in_word_q) == Words - 1) in_pixel_q <= in_pixel_q + 1'b1;
        if (in_pixel_q == 8'(chosen)) pixel_q[in_word_q*(Width+2)+:Width+2] <= {in_eof_i, in_eol_i, in_data_i};
      end
      if (out_valid_o && out_ready_i) begin
        out_word_q <= (32'(out_word_q) == Words - 1) ? '0 : out_word_q + 1'b1;
        if (32'(out_word_q) == Words - 1) begin
          out_group_q <= (32'(out_group_q) == Groups - 1) ? '0 : out_group_q + 1'b1;
          if (32'(out_group_q) == Groups - 1) out_pixel_q <= out_pixel_q + 1'b1;
        end
      end
    end
  end
  always_comb if (live && out_valid_o) begin
    assert (out_pixel_q < in_pixel_q && out_first_o == (out_word_q == '0) && out_last_o == (32'(out_word_q) == Words - 1));
    if (out_pixel_q == 8'(chosen)) begin
      assert (out_data_o == pixel_q[out_word_q*(Width+2)+:Width]);
      assert ({out_eof_o, out_eol_o} == ((out_last_o && 32'(out_group_q) == Groups - 1) ? pixel_q[(Words-1)*(Width+2)+Width+:2] : 2'b00));
    end
  end
`endif
