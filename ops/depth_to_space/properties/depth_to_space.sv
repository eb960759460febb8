// Property: an offer stands until it is taken
// Proof: induction, InWidth=2 OutWidth=2 MaxWidth=2
// Property: values of a map leave as the rows of the larger map, in order, none lost or twice, with its marks
// Proof: bound 16, InWidth=3 OutWidth=3 MaxWidth=2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutLanes * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef BOUND
  // One row of one or two pixels, each of four values that say their place: {pixel, row of the block, column of it}.
  (* anyconst *) logic wide;
  logic [3:0] in_q, out_q;
  logic [3:0] all;
  assign all = wide ? 4'd8 : 4'd4;
  always_comb if (live && in_valid_i) begin
    assume (in_q < all && in_data_i == in_q[2:0]);
    assume (in_eol_i == (in_q == all - 4'd1) && in_eof_i == in_eol_i);
  end
  always_ff @(posedge clk_i) begin
    if (!live) {in_q, out_q} <= '0;
    else begin
      in_q  <= in_q + 4'(in_valid_i && in_ready_o);
      out_q <= out_q + 4'(out_valid_o && out_ready_i);
    end
  end
  always_comb if (live && out_valid_o) begin
    assert (out_q < all && in_q == all);
    assert (out_data_o == (wide ? {out_q[1], out_q[2], out_q[0]} : {1'b0, out_q[1], out_q[0]}));
    assert (out_eol_o == (wide ? out_q[1:0] == 2'd3 : out_q[0]) && out_eof_o == (out_q == all - 4'd1));
  end
`endif
