// Property: a start bit, eight bits, the lowest first, and a stop bit, each BitCycles long; the line is high between bytes
// Proof: induction, BitCycles=4

  logic       live;
  logic [5:0] at_q;  // Cycles of the byte so far.
  logic [9:0] byte_q;
  logic       sending_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_ff @(posedge clk_i) begin
    if (!live) {sending_q, at_q} <= '0;
    else if (valid_i && ready_o) {sending_q, at_q, byte_q} <= {1'b1, 6'd0, 1'b1, data_i, 1'b0};
    else if (sending_q) begin
      at_q <= at_q + 1'b1;
      if (32'(at_q) == 10 * BitCycles - 1) sending_q <= 1'b0;
    end
  end
  always_comb if (live) begin
    assert (tx_o == (sending_q ? byte_q[at_q/6'(BitCycles)] : 1'b1));
    if (ready_o) assert (!sending_q && allowed_i);
    assert (sending_q == (left_q != '0) && left_q <= 4'd10);
    if (sending_q) begin
      assert (32'(at_q) < 10 * BitCycles && 32'(left_q) == 10 - 32'(at_q) / BitCycles);
      assert (32'(count_q) == BitCycles - 1 - 32'(at_q) % BitCycles);
      for (int unsigned i = 0; i < 9; i++) begin
        assert (bits_q[i] == ((32'(at_q) / BitCycles + 1 + i < 10) ? byte_q[4'(32'(at_q)/BitCycles+1+i)] : 1'b1));
      end
    end
  end
