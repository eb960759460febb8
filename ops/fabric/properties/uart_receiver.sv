// Property: a byte whose bits are BitCycles long, of any phase, is received as it was sent, once; where the stop bit is missing it is an error, shown once, and a break where all are
// Proof: bound 56, BitCycles=4

  // The line: high, then one byte, then high. When it begins and what it is are free.
  logic       live, begun_q, seen_q;
  logic [5:0] at_q;
  logic [7:0] byte_q;
  logic       go;
  (* anyseq *) logic       proof_go;
  (* anyconst *) logic [7:0] proof_byte;
  (* anyconst *) logic       proof_stop;
  (* anyconst *) logic       proof_glitch;  // The line is low for one cycle, and that is all.
  logic       failed_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  logic [3:0] settled_q;
  assign go = proof_go && (settled_q == 4'd4) && !begun_q;
  always_ff @(posedge clk_i) begin
    if (!live) {begun_q, at_q, seen_q, failed_q, settled_q} <= '0;
    else begin
      if (settled_q != 4'd4) settled_q <= settled_q + 1'b1;
      if (go) {begun_q, at_q} <= {1'b1, 6'd0};
      else if (begun_q && at_q != '1) at_q <= at_q + 1'b1;
      if (valid_o) seen_q <= 1'b1;
      if (error_o) failed_q <= 1'b1;
    end
  end
  logic [9:0] frame;
  assign frame = {proof_stop, proof_byte, 1'b0};
  always_comb begin
    if (live && settled_q != '0) assume (rst_ni);
    assume (rx_i == ((begun_q && 32'(at_q) < (proof_glitch ? 1 : 10 * BitCycles)) ? frame[4'(at_q/6'(BitCycles))] : 1'b1));
    if (live) begin
      if (settled_q == '0) assert (line_q == '1 && !valid_o && !error_o && !break_o);
      if (proof_glitch) assert (!valid_o && !error_o);
      if (error_o) assert (!proof_stop && !failed_q && 32'(at_q) >= 9 * BitCycles);
      assert (break_o == (error_o && proof_byte == '0));
      if (valid_o) assert (proof_stop && !seen_q && data_o == proof_byte && 32'(at_q) >= 9 * BitCycles);
      if (32'(at_q) >= 10 * BitCycles + 4 && !proof_glitch) assert (seen_q == proof_stop && failed_q == !proof_stop);
    end
  end
