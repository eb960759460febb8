// What the terms of a lane of a shift array do, from the code of its weight.
//
// The code of a term is its exponent and, above it, its sign. An exponent beyond MaxShift, all ones, says that the term
// is idle. Recoded codes are weights in two's complement: of three bits, which overlap by one, each makes a digit from
// -2 to 2 (Booth), the exponent and the sign of a term.

module shift_codes #(
  parameter int unsigned Terms = 1,
  parameter int unsigned MaxShift = 3,
  parameter bit Recoded = 0,  // Only where MaxShift is 1 and terms count 4 times the one before.
  localparam int unsigned StoredBits = $clog2(MaxShift + 2),
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned CodeWidth = Recoded ? 2 * Terms : Terms * (StoredBits + 1)
) (
  input  logic [         CodeWidth-1:0] code_i,
  output logic [Terms*ExponentBits-1:0] exponents_o,
  output logic [             Terms-1:0] idle_o,
  output logic [             Terms-1:0] signs_o
);

  if (Recoded) begin : gen_recoded
    logic [CodeWidth:0] weight;
    assign weight = {code_i, 1'b0};
    for (genvar i = 0; i < Terms; i++) begin : gen_term
      assign exponents_o[i] = weight[2*i+1] == weight[2*i];
      assign idle_o[i]      = (weight[2*i+2] == weight[2*i+1]) && (weight[2*i+1] == weight[2*i]);
      assign signs_o[i]     = weight[2*i+2];
    end
  end else begin : gen_stored
    for (genvar i = 0; i < Terms; i++) begin : gen_term
      logic [StoredBits-1:0] exponent;
      assign {signs_o[i], exponent} = code_i[i*(StoredBits+1)+:StoredBits+1];
      assign exponents_o[i*ExponentBits+:ExponentBits] = exponent[ExponentBits-1:0];
      // Where exponents fill their bits, only that of an idle term has another one.
      assign idle_o[i] = (StoredBits > ExponentBits) ? exponent[StoredBits-1] : &exponent;
    end
  end

endmodule
