// Property: sum over the lanes of - abs(x - w) and of what the bias makes good, for all x and w
// Proof: all inputs 4, Lanes=1 Width=8
// Proof: all inputs 4, Lanes=1 Width=10
// Proof: all inputs 5, Lanes=2 Width=4
// Proof: all inputs 5, Lanes=3 Width=3

  localparam int unsigned ProofLevels = (Lanes > 1) ? 1 : 0;  // Of up to three lanes.
  logic signed [31:0] golden, late, x, w;
  logic [31:0]        total, total_late;
  logic               known, total_known;
  always_comb begin
    golden = '0;
    total  = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      x = 32'(data_i[i*Width+:Width]);
      w = 32'(weights_i[i*Width+:Width]);
      total  = total + x;
      golden = golden + (2 ** (Width + 1) - 2) + w - ((x > w) ? x - w : w - x);
    end
  end
  proof_delay #(.Width(32), .Depth(1 + ProofLevels)) u_total (
    .clk_i, .enable_i(1'b1), .data_i(total), .data_o(total_late), .known_o(total_known)
  );
  proof_delay #(.Width(32), .Depth(2 + ProofLevels)) u_late (
    .clk_i, .enable_i(1'b1), .data_i(golden), .data_o(late), .known_o(known)
  );
  always_comb if (total_known) assume (32'(total_i) == total_late);
  always_comb if (known) assert (32'(sum_o) == late);
