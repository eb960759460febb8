// dividend << Shift divided by a positive divisor, truncated towards zero: one binary digit of the quotient a stage.
//
// The quotient is known to fit QuotientWidth bits, so the dividend's bits above these are the first remainder: it is
// already smaller than the divisor. A quotient leaves QuotientWidth + 2 enabled cycles after its operands entered.

module signed_divider #(
  parameter int unsigned Width         = 8,  // Bits of the dividend.
  parameter bit          Signed        = 1,
  parameter int unsigned Shift         = 0,
  parameter int unsigned DivisorWidth  = 6,
  parameter int unsigned QuotientWidth = 8
) (
  input  logic                     clk_i,
  input  logic                     enable_i,
  input  logic [        Width-1:0] dividend_i,
  input  logic [ DivisorWidth-1:0] divisor_i,
  output logic [QuotientWidth-1:0] quotient_o
);

  localparam int unsigned ShiftedWidth = Width + Shift;
  localparam int unsigned WideWidth = ((ShiftedWidth > QuotientWidth) ? ShiftedWidth : QuotientWidth) + DivisorWidth;

  typedef logic [QuotientWidth-1:0] quotient_t;
  typedef logic [DivisorWidth-1:0] divisor_t;

  logic                 negative;
  logic [    Width-1:0] magnitude;
  logic [WideWidth-1:0] wide_q;
  assign negative  = Signed && dividend_i[Width-1];
  assign magnitude = negative ? -dividend_i : dividend_i;
  always_ff @(posedge clk_i) begin
    if (enable_i) wide_q <= WideWidth'(magnitude) << Shift;
  end

  // Stage 0 holds the operands; stage n has found n digits. The quotient's digits push out those of the dividend.
  logic     [QuotientWidth:0] negative_q;
  divisor_t                   divisor_q;
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      negative_q <= {negative_q[QuotientWidth-1:0], negative};
      divisor_q  <= divisor_i;
    end
  end

  for (genvar stage = 1; stage <= QuotientWidth; stage++) begin : gen_stage
    divisor_t divisor, remainder;
    /* verilator lint_off UNUSEDSIGNAL */  // The last stage's copy has no reader.
    divisor_t divisor_next_q, remainder_q;
    /* verilator lint_on UNUSEDSIGNAL */
    quotient_t quotient, quotient_q;
    logic [DivisorWidth:0] minuend;
    if (stage == 1) begin : gen_first
      assign divisor   = divisor_q;
      assign remainder = wide_q[QuotientWidth+:DivisorWidth];
      assign quotient  = wide_q[QuotientWidth-1:0];
    end else begin : gen_next
      assign divisor   = gen_stage[stage-1].divisor_next_q;
      assign remainder = gen_stage[stage-1].remainder_q;
      assign quotient  = gen_stage[stage-1].quotient_q;
    end
    assign minuend = {remainder, quotient[QuotientWidth-1]};
    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        divisor_next_q <= divisor;
        remainder_q    <= DivisorWidth'((minuend >= {1'b0, divisor}) ? minuend - {1'b0, divisor} : minuend);
        quotient_q     <= QuotientWidth'({quotient, minuend >= {1'b0, divisor}});
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (enable_i)
      quotient_o <= negative_q[QuotientWidth] ? -gen_stage[QuotientWidth].quotient_q : gen_stage[QuotientWidth].quotient_q;
  end

  if (WideWidth > QuotientWidth + DivisorWidth) begin : gen_unused
    logic unused;
    assign unused = ^wide_q[WideWidth-1:QuotientWidth+DivisorWidth];
  end

endmodule
