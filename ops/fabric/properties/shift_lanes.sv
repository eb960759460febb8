// Property: sum over lanes and terms of +-(x << exponent) and of what the bias makes good, for all operands and codes
// Proof: all inputs 3, Lanes=1 Width=8 Terms=1 MaxShift=3
// Proof: all inputs 4, Lanes=1 Width=6 Terms=2 MaxShift=3 Step=2
// Proof: all inputs 4, Lanes=3 Width=4 Terms=1 MaxShift=3
// Proof: all inputs 5, Lanes=2 Width=3 Terms=2 MaxShift=3 Step=2

  localparam int unsigned ProofDelay = 1 + ((Lanes > 1) ? 1 : 0) + ((Terms > 1) ? 1 : 0);  // Of up to three lanes.
  localparam int unsigned TermBits = $clog2(MaxShift + 2) + 1;
  logic signed [31:0] golden, late, x;
  logic               known;
  always_comb begin
    golden = '0;
    for (int unsigned term = 0; term < Terms; term++) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        x = 32'($signed(data_i[i*Width+:Width])) <<< codes_i[i*CodeWidth+term*TermBits+:TermBits-1];
        if (codes_i[i*CodeWidth+(term+1)*TermBits-1]) x = -1 - x;
        x = x + (32'sd1 <<< (LaneWidth - 1));
        if (32'(codes_i[i*CodeWidth+term*TermBits+:TermBits-1]) <= MaxShift) golden = golden + (x <<< (term * Step));
      end
    end
  end
  proof_delay #(.Width(32), .Depth(ProofDelay)) u_late (.clk_i, .enable_i(1'b1), .data_i(golden), .data_o(late), .known_o(known));
  always_comb if (known) assert (32'(sum_o) == late);
