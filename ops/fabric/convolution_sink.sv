// Where a convolution array ends: one accumulator for each output channel that starts at its bias, and the output beat.
//
// Sums are unsigned, and accumulators modular: what wraps on the way is harmless, since the final value is proven to fit.

module convolution_sink #(
  parameter int unsigned Pe = 1,
  parameter int unsigned SumWidth = 8,
  parameter int unsigned OutWidth = 16,
  parameter int unsigned Groups = 1,
  parameter int unsigned Beats = 1,  // Sums for one result.
  parameter int unsigned Interleave = 1,  // Windows whose sums come in turn.
  parameter int unsigned Stages = 1,  // Cycles from operands to sums.
  parameter bit Scaled = 0,  // Sums are shifted, which takes one cycle more.
  parameter int unsigned MaxBase = 0,  // Largest left shift of a sum.
  parameter ChannelFile = "",  // The bias of each channel.
  localparam int unsigned BaseBits = (MaxBase > 0) ? $clog2(MaxBase + 1) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   room_o,
  input  logic                   valid_i,      // Valid and marks come two cycles before the operands.
  input  logic                   first_i,
  input  logic                   last_i,
  input  logic                   void_i,       // There is no such window: no result.
  input  logic                   closes_i,
  input  logic                   eol_i,
  input  logic                   eof_i,
  input  logic [Pe*SumWidth-1:0] sums_i,
  input  logic [Pe*BaseBits-1:0] bases_i,      // Left shifts of the sums.
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [Pe*OutWidth-1:0] out_data_o,
  output logic                   out_eol_o,
  output logic                   out_eof_o
);

  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int unsigned Delay = 2 + Stages + 32'(Scaled);  // Cycles from the marks to the accumulator.
  // As many results may be on their way as keep the array busy while one of them makes its round.
  localparam int unsigned Round = Delay + 3;
  localparam int unsigned Steps = Beats * Interleave;  // Of the windows of a set, for a group.
  localparam int unsigned Results = (Interleave > 1) ? Interleave * (1 + (Round + Steps - 1) / Steps) :
                                      (Beats >= Round) ? 1 : (Round + 1 + Beats - 1) / Beats;
  localparam int unsigned CountBits = $clog2(Results + 1);

  logic [CountBits-1:0] room_q;
  logic spend, regain;
  logic store_valid, store_ready;
  assign room_o = room_q != '0;
  assign spend  = valid_i && last_i && !void_i;
  assign regain = store_valid && store_ready;

  logic [Delay:1] valid_q, first_q, last_q, void_q, closes_q, eol_q, eof_q;
  logic result_valid_q, result_closes_q, result_eol_q, result_eof_q;
  logic                   group_done;

  logic [  GroupBits-1:0] group_q;
  logic [Pe*OutWidth-1:0] biases;
  logic [Pe*OutWidth-1:0] results;
  rom #(
    .Width(Pe * OutWidth),
    .Depth(Groups),
    .File (ChannelFile)
  ) u_channels (
    .clk_i,
    .enable_i(1'b1),
    .address_i(group_q),
    .data_o(biases)
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
      result_valid_q <= valid_q[Delay] && last_q[Delay] && !void_q[Delay];
    end
    void_q <= {void_q[Delay-1:1], void_i};
    closes_q <= {closes_q[Delay-1:1], closes_i};
    first_q <= {first_q[Delay-1:1], first_i};
    last_q <= {last_q[Delay-1:1], last_i};
    eol_q <= {eol_q[Delay-1:1], eol_i};
    eof_q <= {eof_q[Delay-1:1], eof_i};
    {result_closes_q, result_eol_q, result_eof_q} <= {closes_q[Delay], eol_q[Delay], eof_q[Delay]};
  end

  for (genvar i = 0; i < Pe; i++) begin : gen_pe
    logic [OutWidth-1:0] sum, summand, accumulators_q[Interleave], bias_q;

    assign sum = OutWidth'(sums_i[i*SumWidth+:SumWidth]);
    if (Scaled) begin : gen_scaled
      logic [OutWidth-1:0] scaled_q;
      if (MaxBase > 0) begin : gen_base
        always_ff @(posedge clk_i) scaled_q <= sum << bases_i[i*BaseBits+:BaseBits];
      end else begin : gen_no_base
        logic unused_base;
        assign unused_base = ^bases_i[i*BaseBits+:BaseBits];
        always_ff @(posedge clk_i) scaled_q <= sum;
      end
      assign summand = scaled_q;
    end else begin : gen_plain
      logic unused_scale;
      assign unused_scale = ^bases_i[i*BaseBits+:BaseBits];
      assign summand = sum;
    end

    always_ff @(posedge clk_i) begin
      bias_q <= biases[i*OutWidth+:OutWidth];
      if (valid_q[Delay]) begin
        accumulators_q[0] <= summand + (first_q[Delay] ? bias_q : accumulators_q[Interleave-1]);
        for (int unsigned j = 1; j < Interleave; j++) accumulators_q[j] <= accumulators_q[j-1];
      end
    end
    assign results[i*OutWidth+:OutWidth] = accumulators_q[0];
  end

  // All windows in turn have the biases of a group.
  if (Interleave == 1) begin : gen_each
    assign group_done = valid_q[Delay-3] && last_q[Delay-3];
  end else begin : gen_last
    localparam int unsigned PhaseBits = $clog2(Interleave);
    logic [PhaseBits-1:0] phase_q;
    logic                 phase_last;
    assign phase_last = phase_q == PhaseBits'(Interleave - 1);
    assign group_done = valid_q[Delay-3] && last_q[Delay-3] && phase_last;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) phase_q <= '0;
      else if (valid_q[Delay-3]) phase_q <= phase_last ? '0 : phase_q + 1'b1;
    end
  end

  // There is always room here, so nobody asks.
  logic unused_ready, store_closes, store_eol, store_eof;
  logic [Pe*OutWidth-1:0] store_data;
  if (Results == 1) begin : gen_register
    stream_register #(
      .Width(Pe * OutWidth + 1)
    ) u_register (
      .clk_i,
      .rst_ni,
      .in_valid_i(result_valid_q),
      .in_ready_o(unused_ready),
      .in_data_i({result_closes_q, results}),
      .in_eol_i(result_eol_q),
      .in_eof_i(result_eof_q),
      .out_valid_o(store_valid),
      .out_ready_i(store_ready),
      .out_data_o({store_closes, store_data}),
      .out_eol_o(store_eol),
      .out_eof_o(store_eof)
    );
  end else begin : gen_fifo
    stream_fifo #(
      .Width(Pe * OutWidth + 1),
      .Depth(Results)
    ) u_fifo (
      .clk_i,
      .rst_ni,
      .in_valid_i(result_valid_q),
      .in_ready_o(unused_ready),
      .in_data_i({result_closes_q, results}),
      .in_eol_i(result_eol_q),
      .in_eof_i(result_eof_q),
      .out_valid_o(store_valid),
      .out_ready_i(store_ready),
      .out_data_o({store_closes, store_data}),
      .out_eol_o(store_eol),
      .out_eof_o(store_eof)
    );
  end

  if (Interleave == 1) begin : gen_in_order
    logic unused_closes;
    assign unused_closes = store_closes;
    assign out_valid_o = store_valid;
    assign store_ready = out_ready_i;
    assign {out_data_o, out_eol_o, out_eof_o} = {store_data, store_eol, store_eof};
  end else begin : gen_order
    window_order #(
      .Width(Pe * OutWidth),
      .Interleave(Interleave),
      .Groups(Groups)
    ) u_order (
      .clk_i,
      .rst_ni,
      .in_valid_i(store_valid),
      .in_ready_o(store_ready),
      .in_data_i(store_data),
      .in_closes_i(store_closes),
      .in_eol_i(store_eol),
      .in_eof_i(store_eof),
      .out_valid_o,
      .out_ready_i,
      .out_data_o,
      .out_eol_o,
      .out_eof_o
    );
  end

endmodule
