// The words of the windows for convolution arrays: one, or several that read the same windows at the same pace.
//
// An array never stalls. So the last word of a window leaves only when every array has room for its result.

module convolution_source #(
  parameter int unsigned InChannels = 1,
  parameter int unsigned InLanes    = 1,
  parameter int unsigned Simd       = InLanes,  // Lanes of a word.
  parameter int unsigned InWidth    = 8,
  parameter int unsigned Kernel     = 3,
  parameter int unsigned Stride     = 1,
  parameter int unsigned Rows       = 1,        // Rows of the kernel side by side.
  parameter int unsigned Groups     = 1,
  parameter int unsigned Interleave = 1,        // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned MaxWidth   = 16,
  parameter int unsigned Arrays     = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  input  logic [  InLanes*InWidth-1:0] in_data_i,
  input  logic                         in_eol_i,
  input  logic                         in_eof_i,
  input  logic [           Arrays-1:0] room_i,      // For one more result.
  output logic                         valid_o,
  output logic                         first_o,
  output logic                         last_o,
  output logic                         void_o,
  output logic                         closes_o,
  output logic                         eol_o,
  output logic                         eof_o,
  output logic [Rows*Simd*InWidth-1:0] data_o       // Leaves two cycles after its valid and marks.
);

  localparam int unsigned RowWidth = Simd * InWidth;

  logic window_valid, window_ready;
  logic [Rows-1:0] window_inside, inside_q;
  logic [Rows*RowWidth-1:0] window_data, data_q;

  window_buffer #(
    .Channels(InChannels),
    .InLanes(InLanes),
    .Simd(Simd),
    .Width(InWidth),
    .Kernel(Kernel),
    .Stride(Stride),
    .Rows(Rows),
    .Groups(Groups),
    .Interleave(Interleave),
    .MaxWidth(MaxWidth)
  ) u_window (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .in_eol_i,
    .in_eof_i,
    .out_valid_o (window_valid),
    .out_ready_i (window_ready),
    .out_data_o  (window_data),
    .out_inside_o(window_inside),
    .out_first_o (first_o),
    .out_last_o  (last_o),
    .out_void_o  (void_o),
    .out_closes_o(closes_o),
    .out_eol_o   (eol_o),
    .out_eof_o   (eof_o)
  );

  // The arrays read their first word of weights after the reset.
  logic settled;
  if (Interleave == 1) begin : gen_no_wait
    assign settled = 1'b1;
  end else begin : gen_wait
    logic [Interleave:0] settled_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) settled_q <= '0;
      else settled_q <= {settled_q[Interleave-1:0], 1'b1};
    end
    assign settled = settled_q[Interleave];
  end

  assign window_ready = settled && ((&room_i) || !last_o);
  assign valid_o      = window_valid && window_ready;

  // Block memories are slow, and large ones are many with a multiplexer: zeros come a cycle later.
  always_ff @(posedge clk_i) {data_q, inside_q} <= {window_data, window_inside};
  for (genvar i = 0; i < Rows; i++) begin : gen_row
    always_ff @(posedge clk_i) begin
      if (inside_q[i]) data_o[i*RowWidth+:RowWidth] <= data_q[i*RowWidth+:RowWidth];
      else data_o[i*RowWidth+:RowWidth] <= '0;
    end
  end

endmodule
