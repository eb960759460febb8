// One output channel of a multiply-accumulate array: the sum over the lanes of x * w, without a DSP block.
//
// Written with the same care as the shift and adder lanes: radix-4 Booth digits come recoded from the ROM, the multiple of
// x is selected within the adder, complements are corrected in the bias, every adder is followed by a register.

module multiply_lanes #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 8,  // Of both operands, signed; even.
  localparam int unsigned Digits    = Width / 2,
  localparam int unsigned Product   = 2 * Width,
  localparam int unsigned Levels    = $clog2(Lanes),
  localparam int unsigned SumWidth  = Product + Levels
) (
  input  logic                       clk_i,
  input  logic [Lanes*Width-1:0]     data_i,
  input  logic [Lanes*3*Digits-1:0]  digits_i,  // {complement, twice, once} of each digit, the lowest first.
  output logic signed [SumWidth-1:0] sum_o      // $clog2(Lanes) + Width / 2 cycles after the operands.
);

  logic [Lanes*Product-1:0] products;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    for (genvar d = 0; d < Digits; d++) begin : gen_digit
      localparam int unsigned Bits = Width + 2 + 2 * d;  // Of the sum of the digits up to this one.
      logic signed [Width-1:0] x, x_q;
      logic signed [Width:0]   once, multiple;
      logic [3*Digits-1:0]     digits, digits_q;
      logic signed [Bits-1:0]  sum_q;
      assign once     = (Width + 1)'(x);
      assign multiple = ((digits[0] ? once : '0) | (digits[1] ? once << 1 : '0)) ^ {(Width + 1) {digits[2]}};
      if (d == 0) begin : gen_first
        assign x      = data_i[i*Width+:Width];
        assign digits = digits_i[i*3*Digits+:3*Digits];
        always_ff @(posedge clk_i) sum_q <= Bits'(multiple);
      end else begin : gen_next
        logic signed [Width+1:0] upper;
        assign x      = gen_digit[d-1].x_q;
        assign digits = gen_digit[d-1].digits_q;
        // The lower bits are final.
        assign upper  = (Width + 2)'($signed(gen_digit[d-1].sum_q[Bits-3:2*d])) + (Width + 2)'(multiple);
        always_ff @(posedge clk_i) sum_q <= {upper, gen_digit[d-1].sum_q[2*d-1:0]};
      end
      always_ff @(posedge clk_i) begin
        x_q      <= x;
        digits_q <= digits >> 3;
      end
    end
    assign products[i*Product+:Product] = gen_digit[Digits-1].sum_q;
  end

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Sums = Lanes >> (level + 1);
    localparam int unsigned Bits = Product + level;
    logic [2*Sums*Bits-1:0]   operands;
    logic [Sums*(Bits+1)-1:0] sums_q;
    if (level == 0) begin : gen_first
      assign operands = products;
    end else begin : gen_next
      assign operands = gen_level[level-1].sums_q;
    end
    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      always_ff @(posedge clk_i) begin
        sums_q[i*(Bits+1)+:Bits+1] <=
          (Bits + 1)'($signed(operands[2*i*Bits+:Bits])) + (Bits + 1)'($signed(operands[(2*i+1)*Bits+:Bits]));
      end
    end
  end
  assign sum_o = gen_level[Levels-1].sums_q;

endmodule
