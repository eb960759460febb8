// Property: an offer stands until it is taken
// Proof: induction, InWidth=2 OutWidth=4 MaxWidth=4
// Property: sums of squares of a map leave in order with its marks, for all maps of even sides
// Proof: bound 13, InWidth=1 InSigned=0 OutWidth=3 MaxWidth=4

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutLanes * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef BOUND
  (* anyconst *) logic wide;
  // Two rows of two or four pixels; their sums are kept until they leave.
  logic [1:0] x_q, out_q;
  logic       y_q;
  logic [2:0] sum_q[2];
  logic [3:0] taken_q;
  always_comb begin
    if (live && in_valid_i) begin
      assume (taken_q < 4'd8);  // One frame.
      assume (in_eol_i == (x_q == (wide ? 2'd3 : 2'd1)));
      assume (in_eof_i == (in_eol_i && y_q));
    end
  end
  always_ff @(posedge clk_i) begin
    if (!live) begin
      {x_q, y_q, out_q, taken_q} <= '0;
      sum_q[0] <= '0;
      sum_q[1] <= '0;
    end else begin
      if (in_valid_i && in_ready_o) begin
        sum_q[x_q[1]] <= sum_q[x_q[1]] + 3'(in_data_i);
        x_q <= in_eol_i ? '0 : x_q + 1'b1;
        if (in_eol_i) y_q <= 1'b1;
        taken_q <= in_eof_i ? 4'd8 : taken_q + 1'b1;
      end
      if (out_valid_o && out_ready_i) out_q <= out_q + 1'b1;
    end
  end
  always_comb if (live && out_valid_o) begin
    assert (out_q < (wide ? 2'd2 : 2'd1));
    assert (out_data_o == sum_q[out_q[0]]);
    assert (out_eol_o == (out_q == (wide ? 2'd1 : 2'd0)) && out_eof_o == out_eol_o);
  end
`endif
