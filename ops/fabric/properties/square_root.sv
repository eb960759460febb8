// Property: every stage keeps square + remainder = digits of the value so far, and remainder <= 2 * root; so root = floor(sqrt)
// Proof: induction, Width=16
// Proof: induction, Width=25
// Property: root * root <= value < (root + 1) * (root + 1), for all values
// Proof: all inputs 6, Width=9

  logic known_q[Stages];
  initial for (int i = 0; i < Stages; i++) known_q[i] = 1'b0;
  logic [2*Stages-1:0] whole_q[Stages];
  logic [63:0]         square_q[Stages], square[Stages];

  // (2 r + d)**2 = 4 r**2 + 4 r d + d: without a product.
  for (genvar stage = 0; stage < Stages; stage++) begin : gen_proof
    logic [63:0] before;
    logic        digit, ready;
    if (stage == 0) begin : gen_begin
      assign before = '0;
      assign ready  = 1'b1;
    end else begin : gen_after
      assign before = square_q[stage-1];
      assign ready  = known_q[stage-1];
    end
    assign digit         = gen_stage[stage].minuend >= gen_stage[stage].trial;
    assign square[stage] = (before << 2) + (digit ? (64'(gen_stage[stage].root) << 2) + 64'd1 : 64'd0);
    always_ff @(posedge clk_i) if (enable_i) begin
      known_q[stage]  <= ready;
      square_q[stage] <= square[stage];
    end
    if (stage == 0) begin : gen_enter
      always_ff @(posedge clk_i) if (enable_i) whole_q[stage] <= (2 * Stages)'(value_i);
    end else begin : gen_move
      always_ff @(posedge clk_i) if (enable_i) whole_q[stage] <= whole_q[stage-1];
    end
`ifdef INDUCTION
    always_comb if (known_q[stage]) begin
      assert (square_q[stage] + 64'(gen_stage[stage].remainder_q) == 64'(whole_q[stage]) >> (2 * (Stages - 1 - stage)));
      assert (64'(gen_stage[stage].remainder_q) <= 64'(gen_stage[stage].root_q) << 1);
      assert (64'(gen_stage[stage].root_q) < (64'd1 << (stage + 1)));
      assert (gen_stage[stage].value_q == whole_q[stage] << (2 * stage + 2));
    end
`endif
  end
`ifdef ALL_INPUTS
  always_comb if (known_q[Stages-1]) begin
    assert (32'(root_o) * 32'(root_o) <= 32'(whole_q[Stages-1]));
    assert ((32'(root_o) + 1) * (32'(root_o) + 1) > 32'(whole_q[Stages-1]));
  end
`endif
