// Property: the sum of all lanes, for all of them
// Proof: all inputs 2, Lanes=1 Width=8
// Proof: all inputs 4, Lanes=3 Width=8
// Proof: all inputs 4, Lanes=5 Width=3
// Property: no adder of the tree loses a carry, whatever enters: so the root is the sum of all lanes
// Proof: induction, Lanes=9 Width=11
// Proof: induction, Lanes=25 Width=8
// Proof: induction, Lanes=128 Width=8

`ifdef ALL_INPUTS
  logic [31:0] golden, past;
  logic        known;
  always_comb begin
    golden = '0;
    for (int unsigned i = 0; i < Lanes; i++) golden = golden + 32'(data_i[i*Width+:Width]);
  end
  if (Levels > 0) begin : gen_proof_late
    proof_delay #(.Width(32), .Depth(Levels)) u_late (.clk_i, .enable_i(1'b1), .data_i(golden), .data_o(past), .known_o(known));
  end else begin : gen_proof_now
    assign {past, known} = {golden, 1'b1};
  end
  always_comb if (known) assert (32'(sum_o) == past);
`else
  // A register of a level holds at most the largest elements of all lanes below it.
  for (genvar level = 0; level < Levels; level++) begin : gen_proof
    localparam int unsigned Span     = 3 ** level;
    localparam int unsigned Operands = (Lanes + Span - 1) / Span;
    localparam int unsigned Sums     = (Operands + 2) / 3;
    localparam int unsigned Bits     = Width + $clog2(Span);
    localparam int unsigned SumBits  = Width + $clog2((3 * Span < Lanes) ? 3 * Span : Lanes);
    logic known_q = 1'b0, ready;
    if (level == 0) begin : gen_ready
      assign ready = 1'b1;
    end else begin : gen_wait
      assign ready = gen_proof[level-1].known_q;
    end
    always_ff @(posedge clk_i) known_q <= ready;
    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      localparam int unsigned Count = (3 * i + 3 <= Operands) ? 3 : Operands - 3 * i;
      localparam int unsigned Below = (3 * Span * (i + 1) <= Lanes) ? 3 * Span : Lanes - 3 * Span * i;
      logic [31:0] exact;
      always_comb begin
        exact = '0;
        for (int unsigned j = 0; j < Count; j++) exact = exact + 32'(gen_level[level].operands[(3*i+j)*Bits+:Bits]);
        if (ready) assert (32'(gen_level[level].gen_sum[i].sum) == exact);
        if (known_q) assert (32'(gen_level[level].sums_q[i*SumBits+:SumBits]) <= Below * (2 ** Width - 1));
      end
    end
  end
`endif
