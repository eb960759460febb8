// The array of ShiftConv2d: Pe x Rows x Simd lanes that shift and add.

module shift_conv2d #(
  parameter int unsigned InChannels  = 2,
  parameter int unsigned InWidth     = 8,
  parameter bit          InSigned    = 1,
  parameter int unsigned Simd        = 1,
  parameter int unsigned OutChannels = 4,
  parameter int unsigned OutWidth    = 16,
  parameter int unsigned Pe          = 1,
  parameter int unsigned Kernel      = 3,
  parameter int unsigned Rows        = 1,   // Rows of the kernel that are read at once.
  parameter int unsigned Interleave  = 1,   // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned Stages      = 3,   // Cycles from the codes to the sums.
  parameter int unsigned Terms       = 1,
  parameter int unsigned MaxShift    = 3,   // Largest exponent of a term above the base of its output channel.
  parameter int unsigned Step        = 0,   // Term i counts 2**(i * Step).
  parameter bit          Recoded     = 0,   // Codes are the weights themselves, see shift_codes.
  parameter int unsigned MaxBase     = 0,   // Largest base: the exponent that the weights of a column share.
  parameter              WeightFile  = "",  // {bases, codes} of Pe x Rows x Simd lanes, see shift_codes.
  parameter int unsigned WeightBank  = 0,   // Words of a bank of the weights, see rom.
  parameter              ChannelFile = ""   // Biases of Pe channels.
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
  localparam int unsigned CodeWidth = Recoded ? 2 * Terms : Terms * ($clog2(MaxShift + 2) + 1);
  localparam int unsigned WordWidth = Lanes * CodeWidth;
  localparam int unsigned TreeWidth = InWidth + MaxShift + $clog2(Lanes);
  localparam int unsigned SumWidth = TreeWidth + (Terms - 1) * Step + $clog2(Terms);

  localparam int unsigned BaseBits = $clog2(MaxBase + 1);
  localparam int unsigned CodesWidth = Pe * WordWidth;
  localparam int unsigned BasesWidth = Pe * ((BaseBits > 0) ? BaseBits : 1);
  localparam int unsigned ReadWidth = CodesWidth + Pe * BaseBits;

  logic [    ReadWidth-1:0] word;
  logic [   CodesWidth-1:0] codes;
  logic [   BasesWidth-1:0] bases;
  logic [  Pe*SumWidth-1:0] sums;
  logic [Lanes*InWidth-1:0] data;

  assign codes = word[CodesWidth-1:0];
  if (BaseBits > 0) begin : gen_bases
    logic [BasesWidth-1:0] bases_q[Stages];
    always_ff @(posedge clk_i) begin
      bases_q[0] <= word[CodesWidth+:BasesWidth];
      for (int unsigned i = 1; i < Stages; i++) bases_q[i] <= bases_q[i-1];
    end
    assign bases = bases_q[Stages-1];
  end else begin : gen_no_bases
    assign bases = '0;
  end

  // Unsigned values count from their middle, which the bias makes good.
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    assign data[i*InWidth+:InWidth] = data_i[i*InWidth+:InWidth] ^ (InWidth'(!InSigned) << (InWidth - 1));
  end

  for (genvar i = 0; i < Pe; i++) begin : gen_pe
    shift_lanes #(
      .Lanes(Lanes),
      .Width(InWidth),
      .Terms(Terms),
      .MaxShift(MaxShift),
      .Step(Step),
      .Recoded(Recoded)
    ) u_lanes (
      .clk_i,
      .data_i (data),
      .codes_i(codes[i*WordWidth+:WordWidth]),
      .sum_o  (sums[i*SumWidth+:SumWidth])
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
    .Scaled(1),
    .MaxBase(MaxBase),
    .SumWidth(SumWidth),
    .WeightWidth(ReadWidth),
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
    .weights_o(word),
    .sums_i(sums),
    .bases_i(bases),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_eol_o,
    .out_eof_o
  );

endmodule
