// Property: an offer stands until it is taken
// Proof: induction, InChannels=2 InWidth=3 Simd=2 OutChannels=1 OutWidth=8 Kernel=1 Stages=3
// Property: the bias, less abs(x - w) of every lane, and what the bias makes good, for all x; no result is lost, twice or out of order
// Proof: bound 15, InChannels=2 InWidth=3 Simd=2 OutChannels=1 OutWidth=8 Kernel=1 Stages=3 WeightFile="words.mem" ChannelFile="words.mem"

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(Pe * OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
`ifdef BOUND
  // Windows of one word. It enters two cycles after its valid; its weights and the bias are the first word of the file, 11.
  logic               word_valid, word_eol, word_eof, known;
  logic [7:0]         held;
  logic [120-1:0]     results_held;
  logic [3:0]         waited_q;
  logic signed [31:0] golden, x0, x1;
  always_comb begin
    assume (first_i && last_i && !void_i && closes_i && (!eof_i || eol_i));
    if (!live || waited_q < 4'd4 || !room_o) assume (!valid_i);
    if (live && waited_q != '0) assume (rst_ni);
    x0 = 32'(data_i[2:0] ^ 3'd4);  // Weights, from the lowest value on: 3 and 1.
    x1 = 32'(data_i[5:3] ^ 3'd4);
    golden = 32'sd11 + 32'sd14 - ((x0 > 3) ? x0 - 3 : 3 - x0) + 3 + 32'sd14 - ((x1 > 1) ? x1 - 1 : 1 - x1) + 1;
  end
  always_ff @(posedge clk_i) waited_q <= live ? waited_q + 4'(waited_q != '1) : '0;
  proof_delay #(.Width(3), .Depth(2)) u_marks (
    .clk_i, .enable_i(1'b1), .data_i({valid_i, eol_i, eof_i}), .data_o({word_valid, word_eol, word_eof}), .known_o(known)
  );
  proof_queue #(.Width(10), .Capacity(12)) u_queue (
    .clk_i, .live_i(live), .push_i(known && word_valid), .entering_i({word_eof, word_eol, golden[7:0]}),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i({out_eof_o, out_eol_o, out_data_o}),
    .count_o(held), .held_o(results_held)
  );
`endif
