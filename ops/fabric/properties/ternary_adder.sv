// Property: the sum of three numbers, for all of them
// Proof: all inputs, Width=8
// Proof: all inputs, Width=16

  logic clk_i;
  always_comb assert (32'(sum_o) == 32'(a_i) + 32'(b_i) + 32'(c_i));
