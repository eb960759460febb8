// The array of ShiftConv2d: OutLanes x Rows x InLanes lanes that shift and add.

module shift_conv2d_array #(
  parameter int unsigned InChannels  = 2,
  parameter int unsigned InWidth     = 8,
  parameter bit          InSigned    = 1,
  parameter int unsigned InLanes     = 1,
  parameter int unsigned OutChannels = 4,
  parameter int unsigned OutWidth    = 16,
  parameter int unsigned OutLanes    = 1,
  parameter int unsigned Kernel      = 3,
  parameter int unsigned Rows        = 1,  // Rows of the kernel that are read at once.
  parameter int unsigned Terms       = 1,
  parameter int unsigned MaxShift    = 3,  // Largest exponent of a term above the base of its output channel.
  parameter int unsigned Step        = 0,  // Term i counts 2**(i * Step).
  parameter int unsigned MaxBase     = 0,  // Largest base: the exponent that all weights of an output channel share.
  parameter              WeightFile  = "",  // Codes of OutLanes x Terms x Rows x InLanes, see shift_lanes.
  parameter int unsigned WeightSlice = 0,   // Bits of a slice of the weights, see rom.
  parameter              ChannelFile = ""   // {base, bias} of OutLanes channels.
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  output logic                         room_o,
  input  logic                         valid_i,
  input  logic                         first_i,
  input  logic                         last_i,
  input  logic                         eol_i,
  input  logic                         eof_i,
  input  logic [Rows*InLanes*InWidth-1:0] data_i,  // Two cycles after its valid and marks.
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  localparam int unsigned Groups       = OutChannels / OutLanes;
  localparam int unsigned Lanes        = Rows * InLanes;
  localparam int unsigned Beats        = Kernel * (Kernel / Rows) * ((InChannels + InLanes - 1) / InLanes);
  localparam int unsigned Levels       = $clog2(Lanes);
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1;
  localparam int unsigned WordWidth    = Terms * Lanes * (ExponentBits + 2);
  localparam int unsigned SumWidth     = InWidth + (InSigned ? 0 : 1) + MaxShift + Levels + (Terms - 1) * (Step + 1);

  logic [OutLanes*WordWidth-1:0] codes;
  logic [OutLanes*SumWidth-1:0]  sums;
  logic [OutLanes-1:0]           flips;

  weight_reader #(.Width(OutLanes * WordWidth), .Depth(Groups * Beats), .File(WeightFile), .Slice(WeightSlice)) u_reader (
    .clk_i, .rst_ni, .valid_i, .weights_o(codes)
  );

  for (genvar i = 0; i < OutLanes; i++) begin : gen_pe
    shift_lanes #(
      .Lanes(Lanes), .Width(InWidth), .Signed(InSigned), .Terms(Terms), .MaxShift(MaxShift), .Step(Step)
    ) u_lanes (
      .clk_i, .data_i,
      .codes_i(codes[i*WordWidth+:WordWidth]),
      .flip_o (flips[i]),
      .sum_o  (sums[i*SumWidth+:SumWidth])
    );
  end

  convolution_sink #(
    .Pe(OutLanes), .SumWidth(SumWidth), .OutWidth(OutWidth), .Groups(Groups), .Beats(Beats), .Stages(Levels + Terms),
    .Scaled(1), .MaxBase(MaxBase), .ChannelFile(ChannelFile)
  ) u_sink (
    .clk_i, .rst_ni, .room_o, .valid_i, .first_i, .last_i, .eol_i, .eof_i,
    .sums_i(sums), .flips_i(flips), .out_valid_o, .out_ready_i, .out_data_o, .out_eol_o, .out_eof_o
  );

endmodule
