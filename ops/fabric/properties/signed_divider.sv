// Property: every stage keeps product + remainder = digits of the dividend so far, and remainder < divisor; so the quotient is truncated
// Proof: induction, Width=8 Shift=4 DivisorWidth=6 QuotientWidth=12
// Proof: induction, Width=12 Shift=8 DivisorWidth=9 QuotientWidth=16
// Property: the quotient truncated towards zero, for all operands
// Proof: all inputs 8, Width=4 Shift=1 DivisorWidth=3 QuotientWidth=5
// Proof: all inputs 8, Width=4 Signed=0 Shift=1 DivisorWidth=3 QuotientWidth=5

  // The caller's promise: the quotient has no more than QuotientWidth bits, its sign apart; nothing is divided by zero.
  always_comb assume ((64'(magnitude) << Shift) >> QuotientWidth < 64'(divisor_i));

`ifdef INDUCTION
  localparam int unsigned QW = QuotientWidth;
  logic        known_q[QW+1];
  initial for (int i = 0; i <= QW; i++) known_q[i] = 1'b0;
  logic [63:0] whole_q[QW+1], product_q[QW+1];
  always_ff @(posedge clk_i) if (enable_i) begin
    known_q[0]   <= 1'b1;
    whole_q[0]   <= 64'(magnitude) << Shift;
    product_q[0] <= '0;
  end
  always_comb if (known_q[0]) begin
    assert (64'(wide_q) == whole_q[0] && whole_q[0] >> QW < 64'(divisor_q));
  end
  for (genvar stage = 1; stage <= QW; stage++) begin : gen_proof
    logic digit;
    assign digit = gen_stage[stage].minuend >= {1'b0, gen_stage[stage].divisor};
    always_ff @(posedge clk_i) if (enable_i) begin
      known_q[stage]   <= known_q[stage-1];
      whole_q[stage]   <= whole_q[stage-1];
      product_q[stage] <= (product_q[stage-1] << 1) + (digit ? 64'(gen_stage[stage].divisor) : 64'd0);
    end
    always_comb if (known_q[stage]) begin
      assert (product_q[stage] + 64'(gen_stage[stage].remainder_q) == whole_q[stage] >> (QW - stage));
      assert (gen_stage[stage].remainder_q < gen_stage[stage].divisor_next_q);
      // What is still to come of the dividend stands above the digits that were found.
      assert (64'(gen_stage[stage].quotient_q) >> stage == (whole_q[stage] & ((64'd1 << (QW - stage)) - 64'd1)));
    end
  end
`endif

`ifdef ALL_INPUTS
  logic signed [31:0] golden, late;
  logic               known;
  always_comb begin
    golden = Signed ? 32'($signed(dividend_i)) : 32'(dividend_i);
    golden = (golden <<< Shift) / $signed(32'(divisor_i));
  end
  proof_delay #(.Width(32), .Depth(QuotientWidth + 2)) u_late (
    .clk_i, .enable_i, .data_i(golden), .data_o(late), .known_o(known)
  );
  always_comb if (known) assert (quotient_o == QuotientWidth'(late));
`endif
