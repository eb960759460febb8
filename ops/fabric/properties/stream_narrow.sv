// Property: an offer stands until it is taken; lanes leave in order, none lost or twice, the marks with the last
// Proof: induction, OutWidth=1 Ratio=2
// Proof: induction, OutWidth=1 Ratio=3
// Proof: induction, OutWidth=1 Ratio=4
// Proof: induction, OutWidth=1 Ratio=5

  localparam int unsigned Element = OutWidth + 2;
  logic                     live;
  logic [7:0]               held, rest;
  logic [Ratio*Element-1:0] beats, entering;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  assign rest = valid_q ? 8'(Ratio) - 8'(count_q) : 8'd0;
  for (genvar i = 0; i < Ratio; i++) begin : gen_proof
    assign entering[i*Element+:Element] = {(i == Ratio - 1) && in_eof_i, (i == Ratio - 1) && in_eol_i, in_data_i[i*OutWidth+:OutWidth]};
    always_comb if (live && rest > 8'(i)) begin
      assert (data_q[i*OutWidth+:OutWidth] == beats[i*Element+:OutWidth]);
      assert (beats[i*Element+OutWidth+:2] == ((rest == 8'(i + 1)) ? {eof_q, eol_q} : 2'b00));
    end
  end
  proof_queue #(.Width(Element), .Capacity(Ratio), .Push(Ratio)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i(entering),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o, out_data_o}),
    .count_o(held), .held_o(beats)
  );
  always_comb if (live) begin
    assert (held == rest && 32'(count_q) < Ratio);
    assert (load_q == (!valid_q || (count_q == CountWidth'(Ratio - 1))));
  end
