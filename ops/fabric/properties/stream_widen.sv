// Property: an offer stands until it is taken; beats leave gathered, none lost, twice or out of order
// Proof: induction, InWidth=1 Ratio=2
// Proof: induction, InWidth=1 Ratio=3

  localparam int unsigned Element = InWidth + 2;
  logic                     live;
  logic [7:0]               held;
  logic [Ratio*Element-1:0] beats, shown;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  // Marks come with the last of a wide beat alone.
  always_comb if (live && in_valid_i && count_q != LastCount) assume (!in_eol_i && !in_eof_i);
  for (genvar i = 0; i < Ratio; i++) begin : gen_proof
    assign shown[i*Element+:Element] = {(i == Ratio - 1) && out_eof_o, (i == Ratio - 1) && out_eol_o, out_data_o[i*InWidth+:InWidth]};
    always_comb if (live && !valid_q && 32'(count_q) > 32'(i)) begin
      assert (InWidth'(data_q >> ((Ratio - 32'(count_q) + i) * InWidth)) == beats[i*Element+:InWidth]);
      assert (beats[i*Element+InWidth+:2] == '0);
    end
  end
  proof_queue #(.Width(Element), .Capacity(Ratio), .Pop(Ratio)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_eol_i, in_data_i}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i(shown), .count_o(held), .held_o(beats)
  );
  always_comb if (live) assert (held == (valid_q ? 8'(Ratio) : 8'(count_q)) && 32'(count_q) < Ratio && !(valid_q && count_q != '0));
