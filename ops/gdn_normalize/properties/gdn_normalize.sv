// Property: an offer stands until it is taken; neither input is taken without the other
// Proof: induction, In0Width=3 In1Width=4 OutWidth=4 Shift=1
// Property: x << Shift divided by the root of the norm, at least 1, truncated towards zero, for all operands
// Proof: all inputs 10, In0Width=3 In1Width=4 OutWidth=4 Shift=1

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutLanes * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  // Both streams go on together: what one offers waits for the other, and neither is taken alone.
  always_comb if (live) begin
    assert ((in0_valid_i && in0_ready_o) == (in1_valid_i && in1_ready_o));
  end
`ifdef ALL_INPUTS
  logic signed [63:0] golden;
  logic signed [7:0]  root, quotient;
  always_comb begin
    root = 8'sd1;
    for (int i = 2; i < 4; i++) if (32'(in1_data_i) >= i * i) root = 8'(i);
    quotient = (8'($signed(in0_data_i)) <<< Shift) / root;
    golden = 64'(quotient);
  end
  logic signed [63:0] late;
  logic               known;
  proof_delay #(.Width(64), .Depth(RootStages + OutWidth + 2)) u_late (.clk_i, .enable_i(enable), .data_i(golden), .data_o(late), .known_o(known));
  always_comb if (known) assert (out_data_o == OutWidth'(late));
`endif
