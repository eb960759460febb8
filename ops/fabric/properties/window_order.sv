// Property: an offer stands until it is taken
// Proof: induction, Width=2 Interleave=3 Groups=2
// Property: results of a set leave window by window and not group by group, none lost or twice; marks with the last of a set
// Proof: bound 13, Width=4 Interleave=2 Groups=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Width + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef BOUND
  // Data say where they belong: {set has one window, set, group, window}; sets have one window or two, which is free.
  logic set_q, group_q, turn_q, short_q, short_set, out_set_q, out_group_q, out_turn_q, out_turn_last;
  assign short_set     = group_q ? short_q : !turn_q && in_closes_i;
  assign out_turn_last = out_turn_q || out_data_o[3];
  always_comb begin
    assume (in_data_i == {short_set, set_q, group_q, turn_q});
    if (turn_q) assume (in_closes_i);
    if (group_q) assume (in_closes_i == (turn_q || short_q));  // As in the first group.
    if (!(group_q && in_closes_i)) assume (!in_eol_i && !in_eof_i);
  end
  always_ff @(posedge clk_i) begin
    if (!live) {set_q, group_q, turn_q, out_set_q, out_group_q, out_turn_q} <= '0;
    else begin
      if (in_valid_i && in_ready_o) begin
        turn_q <= !in_closes_i;
        if (in_closes_i) group_q <= !group_q;
        if (in_closes_i && group_q) set_q <= !set_q;
        if (!group_q) short_q <= in_closes_i && !turn_q;
      end
      if (out_valid_o && out_ready_i) begin
        out_group_q <= !out_group_q;
        if (out_group_q) out_turn_q <= !out_turn_last;
        if (out_group_q && out_turn_last) out_set_q <= !out_set_q;
      end
    end
  end
  always_comb if (live && out_valid_o) begin
    assert (out_data_o[2:0] == {out_set_q, out_group_q, out_turn_q});
    if (!(out_group_q && out_turn_last)) assert (!out_eol_o && !out_eof_o);
  end
`endif
