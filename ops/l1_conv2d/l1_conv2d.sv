// The array of L1Conv2d: Pe x Rows x Simd lanes of absolute differences.
//
// All output channels share the sum of the data; see l1_lanes.

module l1_conv2d #(
  parameter int unsigned InChannels = 2,
  parameter int unsigned InWidth = 8,
  parameter bit InSigned = 1,
  parameter int unsigned Simd = 1,
  parameter int unsigned OutChannels = 4,
  parameter int unsigned OutWidth = 16,
  parameter int unsigned Pe = 1,
  parameter int unsigned Kernel = 3,
  parameter int unsigned Rows = 1,  // Rows of the kernel that are read at once.
  parameter int unsigned Interleave = 1,  // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned Stages = 4,  // Cycles from the weights to the sums.
  parameter int unsigned Lift = 0,  // Binary places by which the weights' grid is finer than that of the data.
  parameter WeightFile = "",  // Pe x Rows x Simd unsigned weights of InWidth + Lift bits a word, see l1_lanes.
  parameter int unsigned WeightBank = 0,  // Words of a bank of the weights, see rom.
  parameter ChannelFile = ""  // Biases of Pe channels.
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  output logic                         room_o,
  input  logic                         valid_i,
  input  logic                         first_i,
  input  logic                         last_i,
  input  logic                         void_i,
  input  logic                         closes_i,
  input  logic                         eol_i,
  input  logic                         eof_i,
  input  logic [Rows*Simd*InWidth-1:0] data_i,       // Two cycles after its valid and marks.
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [      Pe*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  localparam int unsigned Lanes = Rows * Simd;
  localparam int unsigned Width = InWidth + Lift;
  localparam int unsigned TotalWidth = Width + $clog2(Lanes);
  localparam int unsigned SumWidth = TotalWidth + 2;
  localparam int unsigned WordWidth = Lanes * Width;

  logic [WordWidth-1:0] shifted, shifted_q;
  logic [Pe*WordWidth-1:0] weights;
  logic [  TotalWidth-1:0] total;
  logic [ Pe*SumWidth-1:0] sums;

  // Signed values count from the lowest one.
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [InWidth-1:0] counted;
    assign counted = data_i[i*InWidth+:InWidth] ^ (InWidth'(InSigned) << (InWidth - 1));
    assign shifted[i*Width+:Width] = Width'(counted) << Lift;
  end

  always_ff @(posedge clk_i) shifted_q <= shifted;
  adder_tree #(
    .Lanes(Lanes),
    .Width(Width)
  ) u_total (
    .clk_i,
    .data_i(shifted_q),
    .sum_o (total)
  );

  for (genvar i = 0; i < Pe; i++) begin : gen_pe
    l1_lanes #(
      .Lanes(Lanes),
      .Width(Width)
    ) u_lanes (
      .clk_i,
      .data_i   (shifted),
      .weights_i(weights[i*WordWidth+:WordWidth]),
      .total_i  (total),
      .sum_o    (sums[i*SumWidth+:SumWidth])
    );
  end

  convolution_shell #(
    .InChannels(InChannels),
    .Simd(Simd),
    .OutChannels(OutChannels),
    .OutWidth(OutWidth),
    .Pe(Pe),
    .Kernel(Kernel),
    .Rows(Rows),
    .Interleave(Interleave),
    .Stages(Stages),
    .SumWidth(SumWidth),
    .WeightWidth(Pe * WordWidth),
    .WeightFile(WeightFile),
    .WeightBank(WeightBank),
    .ChannelFile(ChannelFile)
  ) u_shell (
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
    .weights_o(weights),
    .sums_i(sums),
    .bases_i('0),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_eol_o,
    .out_eof_o
  );

endmodule
