// Property: terms count what the code means, a weight in two's complement where it is recoded, for all codes
// Proof: all inputs, Terms=1 MaxShift=0
// Proof: all inputs, Terms=1 MaxShift=3
// Proof: all inputs, Terms=1 MaxShift=6
// Proof: all inputs, Terms=3 MaxShift=1
// Proof: all inputs, Terms=1 MaxShift=1 Recoded=1
// Proof: all inputs, Terms=5 MaxShift=1 Recoded=1

  logic signed [31:0] counted, meant, term;
  logic [31:0]        stored;
  always_comb begin
    counted = '0;
    meant   = Recoded ? 32'($signed(code_i)) : '0;
    for (int unsigned i = 0; i < Terms; i++) begin
      term = 32'sd1 <<< exponents_o[i*ExponentBits+:ExponentBits];
      if (!idle_o[i]) counted = counted + ((signs_o[i] ? -term : term) <<< (2 * i));
      if (!Recoded) begin
        stored = 32'(code_i[i*(StoredBits+1)+:StoredBits]);
        assume (stored <= MaxShift || stored == (32'd1 << StoredBits) - 1);
        term = 32'sd1 <<< stored;
        if (stored <= MaxShift) meant = meant + ((code_i[i*(StoredBits+1)+StoredBits] ? -term : term) <<< (2 * i));
      end
    end
    assert (counted == meant);
  end
