// Property: an offer stands until it is taken
// Proof: induction, InWidth=6 OutWidth=4 Shift=2
// Property: (x + 2**(Shift - 1)) >> Shift, saturated, for all x
// Proof: all inputs 5, InWidth=20 OutWidth=8 Shift=7
// Proof: all inputs 5, InWidth=16 OutWidth=12 Shift=0
// Proof: all inputs 5, InWidth=12 InSigned=0 OutWidth=8 OutSigned=0 Shift=3
// Proof: all inputs 5, InWidth=10 OutWidth=8 OutSigned=0 Shift=-2

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutLanes * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef ALL_INPUTS
  logic signed [63:0] x, rounded, golden;
  always_comb begin
    x = InSigned ? 64'($signed(in_data_i)) : 64'(in_data_i);
    rounded = (Shift > 0) ? (x + (64'sd1 <<< (Shift - 1))) >>> Shift : x <<< (-Shift);
    golden = rounded;
    if (OutSigned) begin
      if (rounded > (64'sd1 <<< (OutWidth - 1)) - 64'sd1) golden = (64'sd1 <<< (OutWidth - 1)) - 64'sd1;
      if (rounded < -(64'sd1 <<< (OutWidth - 1))) golden = -(64'sd1 <<< (OutWidth - 1));
    end else begin
      if (rounded > (64'sd1 <<< OutWidth) - 64'sd1) golden = (64'sd1 <<< OutWidth) - 64'sd1;
      if (rounded < 0) golden = 0;
    end
  end
  logic signed [63:0] late;
  logic               known;
  proof_delay #(.Width(64), .Depth(2)) u_late (.clk_i, .enable_i(in_ready_o), .data_i(golden), .data_o(late), .known_o(known));
  always_comb if (known) assert (out_data_o == OutWidth'(late));
`endif
