// Property: an offer stands until it is taken; nothing is lost, twice or out of order; full and empty are what they say
// Proof: induction, Width=1 Depth=1
// Proof: induction, Width=1 Depth=2
// Proof: induction, Width=1 Depth=5

  localparam int unsigned BeatWidth = Width + 2;
  logic                             live;
  logic [7:0]                       held;
  logic [(Depth+1)*BeatWidth-1:0]   beats;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(BeatWidth)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  proof_queue #(.Width(BeatWidth), .Capacity(Depth + 1)) u_queue (
    .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i({in_eof_i, in_eol_i, in_data_i}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o, out_data_o}),
    .count_o(held), .held_o(beats)
  );
  always_comb if (live) begin
    assert (held == 8'(count_q) + 8'(valid_q));
    assert (32'(count_q) <= Depth && 32'(read_q) < Depth && 32'(write_q) < Depth);
    assert (ready_q == (32'(count_q) != Depth) && some_q == (count_q != '0));
    assert (32'(write_q) == (32'(read_q) + 32'(count_q)) % Depth);
  end
  for (genvar i = 0; i < Depth; i++) begin : gen_proof
    logic [31:0] place;
    assign place = (32'(read_q) + 32'(i) >= Depth) ? 32'(read_q) + 32'(i) - Depth : 32'(read_q) + 32'(i);
    always_comb if (live && 32'(count_q) > 32'(i)) begin
      assert (memory[place[PointerWidth-1:0]] == (valid_q ? beats[(i+1)*BeatWidth+:BeatWidth] : beats[i*BeatWidth+:BeatWidth]));
    end
  end
