// Property: an offer stands until it is taken
// Proof: induction, Width=1 Kernel=3 Stride=1 MaxWidth=2
// Proof: induction, Width=1 Kernel=3 Stride=1 Rows=3 Interleave=2 MaxWidth=4
// Property: no row is written over that is still to be read; rows that are stored, wait and are read are counted rightly
// Proof: bound 24, Width=1 Kernel=3 Stride=1 MaxWidth=2
// Proof: bound 20, Width=1 Kernel=2 Stride=2 MaxWidth=2
// Proof: bound 18, Width=1 Kernel=3 Stride=1 Rows=3 Interleave=2 MaxWidth=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Rows * Width + Rows + 6)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i),
    .beat_i({out_eof_o, out_eol_o, out_closes_o, out_void_o, out_last_o, out_first_o, out_inside_o, out_data_o})
  );
`ifdef BOUND
  // Lines of one width, a free one, and frames of any height.
  (* anyconst *) logic [7:0] line_words;
  always_comb begin
    assume (line_words != '0 && 32'(line_words) <= RowWords && 32'(line_words) % Words == 0);
    if (live && in_valid_i) assume (in_eol_i == (32'(write_column_q) == 32'(line_words) - 1) && (in_eol_i || !in_eof_i));
  end
  logic begun_q;
  always_ff @(posedge clk_i) begun_q <= live && (begun_q || out_valid_o);
  always_comb if (live) begin
    if (out_valid_o && !begun_q) assert (!out_void_o && out_first_o);  // The first window is in the map.
    assert (32'(used_q) <= Slots && room_q == (32'(used_q) < Slots));
    assert (above_q <= reach_q && 32'(used_q) == 32'(waiting_q) + 32'(reach_q) - 32'(above_q));
    assert (32'(write_slot_q) < Slots && 32'(write_slot_q) == (32'(absorb_slot_q) + 32'(waiting_q)) % Slots);
    assert (32'(absorb_slot_q) == (32'(top_slot_q) + 32'(reach_q)) % Slots);
    if (out_valid_o && out_eof_o) assert (out_eol_o && out_last_o);
    // What follows a line was found out in time.
    if (release_rows) begin
      assert ({line_ends, row_follows, released, next_top} == {line_ends_d, row_follows_d, released_d, next_top_d});
    end
  end
`endif
