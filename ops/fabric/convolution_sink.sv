// Where a convolution array ends: one accumulator for each output channel that starts at its bias, and the output beat.
//
// Accumulators are modular: what wraps on the way is harmless, since the final value is proven to fit.

module convolution_sink #(
  parameter int unsigned Pe          = 1,
  parameter int unsigned SumWidth    = 8,
  parameter bit          Signed      = 1,  // Of the sums.
  parameter int unsigned OutWidth    = 16,
  parameter int unsigned Groups      = 1,
  parameter int unsigned Beats       = 1,  // Sums for one result.
  parameter int unsigned Stages      = 1,  // Cycles from operands to sums.
  parameter bit          Scaled      = 0,  // Sums are complemented and shifted, which takes one cycle more.
  parameter int unsigned MaxBase     = 0,  // Largest left shift; a ROM word holds {shift, bias} for each channel.
  parameter              ChannelFile = ""
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   room_o,
  input  logic                   valid_i,  // Valid and marks come two cycles before the operands.
  input  logic                   first_i,
  input  logic                   last_i,
  input  logic                   eol_i,
  input  logic                   eof_i,
  input  logic [Pe*SumWidth-1:0] sums_i,
  input  logic [Pe-1:0]          flips_i,
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [Pe*OutWidth-1:0] out_data_o,
  output logic                   out_eol_o,
  output logic                   out_eof_o
);

  localparam int unsigned BaseBits  = $clog2(MaxBase + 1);
  localparam int unsigned WordBits  = OutWidth + BaseBits;
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int unsigned Delay     = 2 + Stages + 32'(Scaled);  // Cycles from the marks to the accumulator.
  // As many results may be on their way as keep the array busy while one of them makes its round.
  localparam int unsigned Round     = Delay + 3;
  localparam int unsigned Results   = (Beats >= Round) ? 1 : (Round + 1 + Beats - 1) / Beats;
  localparam int unsigned CountBits = $clog2(Results + 1);

  logic [CountBits-1:0] room_q;
  logic                 spend, regain;
  assign room_o = room_q != '0;
  assign spend  = valid_i & last_i;
  assign regain = out_valid_o & out_ready_i;

  logic [Delay:1] valid_q, first_q, last_q, eol_q, eof_q;
  logic           result_valid_q, result_eol_q, result_eof_q;
  logic           group_done;
  assign group_done = valid_q[Delay-3] & last_q[Delay-3];

  logic [GroupBits-1:0]   group_q;
  logic [Pe*WordBits-1:0] channel_words;
  logic [Pe*OutWidth-1:0] results;
  rom #(.Width(Pe * WordBits), .Depth(Groups), .File(ChannelFile)) u_channels (
    .clk_i, .address_i(group_q), .data_o(channel_words)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      room_q <= CountBits'(Results);
      group_q <= '0;
      valid_q <= '0;
      result_valid_q <= 1'b0;
    end else begin
      room_q <= room_q + CountBits'(regain) - CountBits'(spend);
      if (group_done) group_q <= (group_q == GroupBits'(Groups - 1)) ? '0 : group_q + 1'b1;
      valid_q <= {valid_q[Delay-1:1], valid_i};
      result_valid_q <= valid_q[Delay] & last_q[Delay];
    end
    first_q <= {first_q[Delay-1:1], first_i};
    last_q  <= {last_q[Delay-1:1], last_i};
    eol_q   <= {eol_q[Delay-1:1], eol_i};
    eof_q   <= {eof_q[Delay-1:1], eof_i};
    {result_eol_q, result_eof_q} <= {eol_q[Delay], eof_q[Delay]};
  end

  for (genvar i = 0; i < Pe; i++) begin : gen_pe
    logic [OutWidth-1:0] sum, summand, accumulator_q, bias_q;

    if (Signed) begin : gen_signed
      assign sum = OutWidth'($signed(sums_i[i*SumWidth+:SumWidth]));
    end else begin : gen_unsigned
      assign sum = OutWidth'(sums_i[i*SumWidth+:SumWidth]);
    end

    if (Scaled) begin : gen_scaled
      logic [OutWidth-1:0] signed_sum, scaled_q;
      assign signed_sum = sum ^ {OutWidth{flips_i[i]}};
      if (BaseBits > 0) begin : gen_base
        always_ff @(posedge clk_i) scaled_q <= signed_sum << channel_words[i*WordBits+OutWidth+:BaseBits];
      end else begin : gen_no_base
        always_ff @(posedge clk_i) scaled_q <= signed_sum;
      end
      assign summand = scaled_q;
    end else begin : gen_plain
      logic unused_flip;
      assign unused_flip = flips_i[i];
      assign summand = sum;
    end

    always_ff @(posedge clk_i) begin
      bias_q <= channel_words[i*WordBits+:OutWidth];
      if (valid_q[Delay]) accumulator_q <= summand + (first_q[Delay] ? bias_q : accumulator_q);
    end
    assign results[i*OutWidth+:OutWidth] = accumulator_q;
  end

  // There is always room here, so nobody asks.
  logic unused_ready;
  if (Results == 1) begin : gen_register
    stream_register #(.Width(Pe * OutWidth)) u_register (
      .clk_i, .rst_ni,
      .in_valid_i(result_valid_q), .in_ready_o(unused_ready), .in_data_i(results),
      .in_eol_i(result_eol_q), .in_eof_i(result_eof_q),
      .out_valid_o, .out_ready_i, .out_data_o, .out_eol_o, .out_eof_o
    );
  end else begin : gen_fifo
    stream_fifo #(.Width(Pe * OutWidth), .Depth(Results)) u_fifo (
      .clk_i, .rst_ni,
      .in_valid_i(result_valid_q), .in_ready_o(unused_ready), .in_data_i(results),
      .in_eol_i(result_eol_q), .in_eof_i(result_eof_q),
      .out_valid_o, .out_ready_i, .out_data_o, .out_eol_o, .out_eof_o
    );
  end

endmodule
