// Where a convolution array ends: one accumulator for each output channel, its final shift and bias, the output beat.
//
// Accumulators are modular: what wraps on the way is harmless, since the final value is proven to fit.

module convolution_sink #(
  parameter int unsigned Pe          = 1,
  parameter int unsigned SumWidth    = 8,
  parameter int unsigned OutWidth    = 16,
  parameter int unsigned Groups      = 1,
  parameter bit          Subtract    = 0,  // Accumulates the negated sums.
  parameter int unsigned MaxBase     = 0,  // Largest final left shift; a ROM word holds {shift, bias} for each channel.
  parameter              ChannelFile = ""
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   enable_o,  // Moves every stage of the array.
  input  logic                   valid_i,
  input  logic                   first_i,
  input  logic                   last_i,
  input  logic                   eol_i,
  input  logic                   eof_i,
  input  logic [Pe*SumWidth-1:0] sums_i,  // Signed.
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [Pe*OutWidth-1:0] out_data_o,
  output logic                   out_eol_o,
  output logic                   out_eof_o
);

  localparam int unsigned BaseBits  = $clog2(MaxBase + 1);
  localparam int unsigned WordBits  = OutWidth + BaseBits;
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;

  logic sum_valid_q, sum_first_q, sum_last_q, sum_eol_q, sum_eof_q;
  logic result_valid_q, result_eol_q, result_eof_q;
  logic group_done, register_ready;
  assign enable_o   = register_ready | ~result_valid_q;
  assign group_done = enable_o & valid_i & last_i;

  logic [GroupBits-1:0]   group_q;
  logic [Pe*WordBits-1:0] channel_words;
  logic [Pe*OutWidth-1:0] results;
  rom #(.Width(Pe * WordBits), .Depth(Groups), .File(ChannelFile)) u_channels (
    .clk_i, .enable_i(enable_o), .address_i(group_q), .data_o(channel_words)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sum_valid_q <= 1'b0;
      result_valid_q <= 1'b0;
      group_q <= '0;
    end else begin
      if (group_done) group_q <= (group_q == GroupBits'(Groups - 1)) ? '0 : group_q + 1'b1;
      if (enable_o) sum_valid_q <= valid_i;
      if (enable_o) result_valid_q <= sum_valid_q & sum_last_q;
    end
    if (enable_o) begin
      {sum_first_q, sum_last_q, sum_eol_q, sum_eof_q} <= {first_i, last_i, eol_i, eof_i};
      {result_eol_q, result_eof_q} <= {sum_eol_q, sum_eof_q};
    end
  end

  for (genvar i = 0; i < Pe; i++) begin : gen_pe
    /* verilator lint_off UNUSEDSIGNAL */  // A sum may be wider than the result, which needs its lower bits only.
    logic signed [SumWidth-1:0] sum_q;
    /* verilator lint_on UNUSEDSIGNAL */
    logic signed [OutWidth-1:0] accumulator_q, start, scaled;
    assign start = sum_first_q ? '0 : accumulator_q;

    if (BaseBits > 0) begin : gen_base
      assign scaled = accumulator_q << channel_words[i*WordBits+OutWidth+:BaseBits];
    end else begin : gen_no_base
      assign scaled = accumulator_q;
    end

    always_ff @(posedge clk_i) begin
      if (enable_o) sum_q <= sums_i[i*SumWidth+:SumWidth];
      if (enable_o && sum_valid_q) begin
        accumulator_q <= Subtract ? start - OutWidth'(sum_q) : start + OutWidth'(sum_q);
      end
    end
    assign results[i*OutWidth+:OutWidth] = scaled + channel_words[i*WordBits+:OutWidth];
  end

  // The next accumulation runs on while a result waits here.
  stream_register #(.Width(Pe * OutWidth)) u_register (
    .clk_i, .rst_ni,
    .in_valid_i(result_valid_q), .in_ready_o(register_ready), .in_data_i(results),
    .in_eol_i(result_eol_q), .in_eof_i(result_eof_q),
    .out_valid_o, .out_ready_i, .out_data_o, .out_eol_o, .out_eof_o
  );

endmodule
