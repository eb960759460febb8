// What a convolution array reads: the words of the windows, and beside them the weights from a ROM.
//
// The array behind it never stalls. So the last word of a window leaves only when there is room for the result.

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
  input  logic                   room_i,  // For one more result.
  output logic                   valid_o,
  output logic                   first_o,
  output logic                   last_o,
  output logic                   eol_o,
  output logic                   eof_o,
  output logic [Lanes*Width-1:0] data_o,  // Operands leave two cycles after their valid and marks.
  output logic [WeightWidth-1:0] weights_o
);

  localparam int unsigned Depth       = Groups * Kernel * Kernel * (Channels / Lanes);
  localparam int unsigned AddressBits = (Depth > 1) ? $clog2(Depth) : 1;

  logic                   window_valid, window_ready;
  logic [Lanes*Width-1:0] window_data, data_q;

  window_buffer #(
    .Channels(Channels), .Lanes(Lanes), .Width(Width), .Kernel(Kernel), .Stride(Stride), .Groups(Groups), .MaxWidth(MaxWidth)
  ) u_window (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i, .in_eol_i, .in_eof_i,
    .out_valid_o(window_valid),
    .out_ready_i(window_ready),
    .out_data_o (window_data),
    .out_first_o(first_o),
    .out_last_o (last_o),
    .out_eol_o  (eol_o),
    .out_eof_o  (eof_o)
  );

  assign window_ready = room_i | ~last_o;
  assign valid_o      = window_valid & window_ready;

  logic [AddressBits-1:0] address_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) address_q <= '0;
    else if (valid_o) address_q <= (address_q == AddressBits'(Depth - 1)) ? '0 : address_q + 1'b1;
    {data_o, data_q} <= {data_q, window_data};
  end

  rom #(.Width(WeightWidth), .Depth(Depth), .File(WeightFile)) u_weights (
    .clk_i, .address_i(address_q), .data_o(weights_o)
  );

endmodule
