// What a convolution array reads: the words of the windows, and beside them the weights from a ROM.

module convolution_source #(
  parameter int unsigned Channels    = 1,
  parameter int unsigned Lanes       = 1,
  parameter int unsigned Width       = 8,
  parameter int unsigned Kernel      = 3,
  parameter int unsigned Stride      = 1,
  parameter int unsigned Groups      = 1,
  parameter int unsigned MaxWidth    = 16,
  parameter int unsigned WeightWidth = 8,  // Bits of a ROM word: all weights that are used in one cycle.
  parameter              WeightFile  = ""
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   in_valid_i,
  output logic                   in_ready_o,
  input  logic [Lanes*Width-1:0] in_data_i,
  input  logic                   in_eol_i,
  input  logic                   in_eof_i,
  input  logic                   enable_i,  // Moves every stage.
  output logic [Lanes*Width-1:0] data_o,
  output logic [WeightWidth-1:0] weights_o,
  output logic                   valid_o,  // Valid and marks leave one cycle after the operands, beside the lanes' registers.
  output logic                   first_o,
  output logic                   last_o,
  output logic                   eol_o,
  output logic                   eof_o
);

  localparam int unsigned Depth       = Groups * Kernel * Kernel * (Channels / Lanes);
  localparam int unsigned AddressBits = (Depth > 1) ? $clog2(Depth) : 1;

  logic                   window_valid, window_first, window_last, window_eol, window_eof;
  logic [Lanes*Width-1:0] window_data;

  window_buffer #(
    .Channels(Channels), .Lanes(Lanes), .Width(Width), .Kernel(Kernel), .Stride(Stride), .Groups(Groups), .MaxWidth(MaxWidth)
  ) u_window (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i, .in_eol_i, .in_eof_i,
    .out_valid_o(window_valid),
    .out_ready_i(enable_i),
    .out_data_o (window_data),
    .out_first_o(window_first),
    .out_last_o (window_last),
    .out_eol_o  (window_eol),
    .out_eof_o  (window_eof)
  );

  logic [AddressBits-1:0] address_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) address_q <= '0;
    else if (enable_i && window_valid) address_q <= (address_q == AddressBits'(Depth - 1)) ? '0 : address_q + 1'b1;
  end

  rom #(.Width(WeightWidth), .Depth(Depth), .File(WeightFile)) u_weights (
    .clk_i, .enable_i, .address_i(address_q), .data_o(weights_o)
  );

  logic [Lanes*Width-1:0] data_q;
  logic [2:0]             valid_q, first_q, last_q, eol_q, eof_q;
  assign {valid_o, first_o, last_o, eol_o, eof_o} = {valid_q[2], first_q[2], last_q[2], eol_q[2], eof_q[2]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable_i) valid_q <= {valid_q[1:0], window_valid};
    if (enable_i) begin
      {data_o, data_q} <= {data_q, window_data};
      first_q <= {first_q[1:0], window_first};
      last_q  <= {last_q[1:0], window_last};
      eol_q   <= {eol_q[1:0], window_eol};
      eof_q   <= {eof_q[1:0], window_eof};
    end
  end

endmodule
