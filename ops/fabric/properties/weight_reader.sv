// Property: the words of the ROM in turn, each two cycles after the valid of its operands, for Interleave of them
// Proof: bound 12, Width=5 Depth=3 File="words.mem"
// Proof: bound 18, Width=4 Depth=3 Interleave=2 File="words.mem"

  localparam int unsigned ProofPart = (Width + Interleave - 1) / Interleave;
  logic [ProofPart-1:0] parts[Depth*Interleave];
  initial $readmemh("words.mem", parts);
  logic       live;
  logic [7:0] given_q, word;
  logic       valid_late, valid_known;
  logic [7:0] given_late;
  logic       given_known;
  logic [3:0] waited_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_ff @(posedge clk_i) begin
    if (!live) {given_q, waited_q} <= '0;
    else begin
      given_q <= (32'(given_q) == Depth * Interleave - 1 && valid_i) ? '0 : given_q + 8'(valid_i);
      if (waited_q != '1) waited_q <= waited_q + 1'b1;
    end
  end
  proof_delay #(.Width(1), .Depth(2)) u_valid (
    .clk_i, .enable_i(1'b1), .data_i(live && valid_i), .data_o(valid_late), .known_o(valid_known)
  );
  proof_delay #(.Width(8), .Depth(2)) u_given (
    .clk_i, .enable_i(1'b1), .data_i(given_q), .data_o(given_late), .known_o(given_known)
  );
  assign word = 8'(32'(given_late) / Interleave);
  always_comb begin
    if (live && waited_q != '0) assume (rst_ni);
    if (32'(waited_q) <= Interleave + 1) assume (!valid_i);
    if (live && valid_known && valid_late) begin
      for (int unsigned i = 0; i < Interleave; i++) begin
        for (int unsigned bit_place = 0; bit_place < ProofPart; bit_place++) begin
          if (i * ProofPart + bit_place < Width) begin
            assert (weights_o[i*ProofPart+bit_place] == parts[32'(word)*Interleave+i][bit_place]);
          end
        end
      end
    end
  end
