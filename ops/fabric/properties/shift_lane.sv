// Property: 2**(OutWidth - 1) + (x << exponent), or - 1 - (x << exponent) where flipped, for all operands
// Proof: all inputs, Width=8 MaxShift=3
// Proof: all inputs, Width=8 MaxShift=7
// Proof: all inputs, Width=11 MaxShift=3

  logic signed [31:0] golden;
  assign golden = 32'($signed(data_i)) <<< exponent_i;
  always_comb if (32'(exponent_i) <= MaxShift) begin
    assert (32'(data_o) == (32'd1 << (OutWidth - 1)) + (flip_i ? -1 - golden : golden));
  end
