// Property: an offer stands until it is taken
// Proof: induction, InWidth=4 OutWidth=7
// Property: x * x, for all x
// Proof: all inputs 7, InWidth=8 OutWidth=15
// Proof: all inputs 7, InWidth=8 InSigned=0 OutWidth=16

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutLanes * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef ALL_INPUTS
  logic signed [15:0] x;
  logic signed [63:0] golden;
  assign x      = InSigned ? 16'($signed(in_data_i)) : 16'(in_data_i);
  assign golden = 64'(x * x);
  logic signed [63:0] late;
  logic               known;
  proof_delay #(.Width(64), .Depth(Stages + 1)) u_late (.clk_i, .enable_i(in_ready_o), .data_i(golden), .data_o(late), .known_o(known));
  always_comb if (known) assert (out_data_o == OutWidth'(late));
`endif
