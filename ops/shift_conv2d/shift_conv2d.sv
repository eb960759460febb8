// ShiftConv2d: an array of Pe x Rows x Simd lanes, fed by a window buffer of its own.

module shift_conv2d #(
  parameter int unsigned InChannels = 2,
  parameter int unsigned InWidth = 8,
  parameter bit InSigned = 1,
  parameter int unsigned InLanes = 1,
  parameter int unsigned Simd = InLanes,  // Input channels in a cycle; where they divide no pixel, it enters whole.
  parameter int unsigned OutChannels = 4,
  parameter int unsigned OutWidth = 16,
  parameter int unsigned Pe = 1,
  parameter int unsigned MaxWidth = 16,
  parameter int unsigned Kernel = 3,
  parameter int unsigned Stride = 1,
  parameter int unsigned Rows = 1,  // Rows of the kernel that are read at once.
  parameter int unsigned Interleave = 1,  // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned Stages = 3,  // Cycles from the codes to the sums.
  parameter int unsigned Terms = 1,
  parameter int unsigned MaxShift = 3,  // Largest exponent of a term above the base of its output channel.
  parameter int unsigned Step = 0,  // Term i counts 2**(i * Step).
  parameter bit Recoded = 0,  // Codes are the weights themselves, see shift_codes.
  parameter int unsigned MaxBase = 0,  // Largest base: the exponent that the weights of a column share.
  parameter WeightFile = "",  // {bases, codes} of Pe x Rows x Simd lanes, see shift_codes.
  parameter int unsigned WeightBank = 0,  // Words of a bank of the weights, see rom.
  parameter ChannelFile = ""  // Biases of Pe channels.
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       in_valid_i,
  output logic                       in_ready_o,
  input  logic [InLanes*InWidth-1:0] in_data_i,
  input  logic                       in_eol_i,
  input  logic                       in_eof_i,
  output logic                       out_valid_o,
  input  logic                       out_ready_i,
  output logic [    Pe*OutWidth-1:0] out_data_o,
  output logic                       out_eol_o,
  output logic                       out_eof_o
);

  logic room, valid, first, last, void_window, closes, eol, eof;
  logic [Rows*Simd*InWidth-1:0] data;

  convolution_source #(
    .InChannels(InChannels),
    .InLanes(InLanes),
    .Simd(Simd),
    .InWidth(InWidth),
    .Kernel(Kernel),
    .Stride(Stride),
    .Rows(Rows),
    .Groups(OutChannels / Pe),
    .Interleave(Interleave),
    .MaxWidth(MaxWidth)
  ) u_source (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .in_eol_i,
    .in_eof_i,
    .room_i(room),
    .valid_o(valid),
    .first_o(first),
    .last_o(last),
    .void_o(void_window),
    .closes_o(closes),
    .eol_o(eol),
    .eof_o(eof),
    .data_o(data)
  );

  shift_conv2d_array #(
    .InChannels(InChannels),
    .InWidth(InWidth),
    .InSigned(InSigned),
    .Simd(Simd),
    .OutChannels(OutChannels),
    .OutWidth(OutWidth),
    .Pe(Pe),
    .Kernel(Kernel),
    .Rows(Rows),
    .Interleave(Interleave),
    .Stages(Stages),
    .Terms(Terms),
    .MaxShift(MaxShift),
    .Step(Step),
    .Recoded(Recoded),
    .MaxBase(MaxBase),
    .WeightFile(WeightFile),
    .WeightBank(WeightBank),
    .ChannelFile(ChannelFile)
  ) u_array (
    .clk_i,
    .rst_ni,
    .room_o(room),
    .valid_i(valid),
    .first_i(first),
    .last_i(last),
    .void_i(void_window),
    .closes_i(closes),
    .eol_i(eol),
    .eof_i(eof),
    .data_i(data),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_eol_o,
    .out_eof_o
  );

endmodule
