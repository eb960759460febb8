// What arrays of convolutions have in common: weights for the lanes, word by word, and what becomes of their sums.

module convolution_shell #(
  parameter int unsigned InChannels = 2,
  parameter int unsigned Simd = 1,
  parameter int unsigned OutChannels = 4,
  parameter int unsigned OutWidth = 16,
  parameter int unsigned Pe = 1,
  parameter int unsigned Kernel = 3,
  parameter int unsigned Rows = 1,  // Rows of the kernel that are read at once.
  parameter int unsigned Interleave = 1,  // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned Stages = 1,  // Cycles from the weights to the sums.
  parameter bit Scaled = 0,  // Sums are shifted by bases_i.
  parameter int unsigned MaxBase = 0,  // Largest left shift of a sum.
  parameter int unsigned SumWidth = 8,
  parameter int unsigned WeightWidth = 8,  // All weights that are used in one cycle.
  parameter WeightFile = "",
  parameter int unsigned WeightBank = 0,  // Words of a bank of the weights, see rom.
  parameter ChannelFile = "",  // Biases of Pe channels.
  localparam int unsigned BaseBits = (MaxBase > 0) ? $clog2(MaxBase + 1) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  output logic room_o,
  input logic valid_i,  // Valid and marks come two cycles before the operands.
  input logic first_i,
  input logic last_i,
  input logic void_i,
  input logic closes_i,
  input logic eol_i,
  input logic eof_i,
  output logic [WeightWidth-1:0] weights_o,
  input logic [Pe*SumWidth-1:0] sums_i,
  input logic [Pe*BaseBits-1:0] bases_i,
  output logic out_valid_o,
  input logic out_ready_i,
  output logic [Pe*OutWidth-1:0] out_data_o,
  output logic out_eol_o,
  output logic out_eof_o
);

  localparam int unsigned Groups = OutChannels / Pe;
  localparam int unsigned Beats = Kernel * (Kernel / Rows) * ((InChannels + Simd - 1) / Simd);

  weight_reader #(
    .Width(WeightWidth),
    .Depth(Groups * Beats),
    .Interleave(Interleave),
    .File(WeightFile),
    .Bank(WeightBank)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .valid_i,
    .weights_o
  );

  convolution_sink #(
    .Pe(Pe),
    .SumWidth(SumWidth),
    .OutWidth(OutWidth),
    .Groups(Groups),
    .Beats(Beats),
    .Interleave(Interleave),
    .Stages(Stages),
    .Scaled(Scaled),
    .MaxBase(MaxBase),
    .ChannelFile(ChannelFile)
  ) u_sink (
    .clk_i,
    .rst_ni,
    .room_o,
    .valid_i,
    .first_i,
    .last_i,
    .void_i,
    .closes_i,
    .eol_i,
    .eof_i,
    .sums_i,
    .bases_i,
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_eol_o,
    .out_eof_o
  );

endmodule
