// Property: each consumer takes every beat once, in order, and no beat leaves the source before all have taken it
// Proof: induction, Outputs=2
// Proof: induction, Outputs=3

  logic       live, offered_q;
  logic [2:0] entered_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(1), .Assumed(1)) u_in (.clk_i, .live_i(live), .valid_i(in_valid_i), .ready_i(in_ready_o), .beat_i(1'b0));
  always_ff @(posedge clk_i) begin
    entered_q <= live ? entered_q + 3'(in_valid_i && in_ready_o) : '0;
    offered_q <= live && in_valid_i && !in_ready_o;
  end
  always_comb if (live) begin
    assert (taken_q != '1);
    if (taken_q != '0) assert (offered_q);
  end
  for (genvar i = 0; i < Outputs; i++) begin : gen_proof
    logic [2:0] given_q;
    always_ff @(posedge clk_i) given_q <= live ? given_q + 3'(out_valid_o[i] && out_ready_i[i]) : '0;
    always_comb if (live) assert (given_q == entered_q + 3'(taken_q[i]));
    proof_held #(.Width(1)) u_out (
      .clk_i, .live_i(live), .valid_i(out_valid_o[i]), .ready_i(out_ready_i[i]), .beat_i(1'b0)
    );
  end
