// The words of every window of a feature map, zero padding included, once for each group of output channels.

module window_buffer #(
  parameter int unsigned Channels = 1,
  parameter int unsigned InLanes = 1,
  parameter int unsigned Simd = InLanes,  // Of a word: those of a beat, or, where these do not divide a pixel, fewer.
  parameter int unsigned Width = 8,  // Bits of one element.
  parameter int unsigned Kernel = 3,
  parameter int unsigned Stride = 1,
  parameter int unsigned Rows = 1,  // Rows of the kernel side by side: taps that are read at once.
  parameter int unsigned Groups = 1,  // How often each window is read.
  parameter int unsigned Interleave = 1,  // Windows of a row that are read at once, a word of each in turn.
  parameter int unsigned MaxWidth = 16  // Pixels of a line at most.
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       in_valid_i,
  output logic                       in_ready_o,
  input  logic [  InLanes*Width-1:0] in_data_i,
  input  logic                       in_eol_i,
  input  logic                       in_eof_i,
  output logic                       out_valid_o,
  input  logic                       out_ready_i,
  output logic [Rows*Simd*Width-1:0] out_data_o,    // The upper row in the low bits.
  output logic [           Rows-1:0] out_inside_o,  // Otherwise a row is padding, and its data are to be taken as zero.
  output logic                       out_first_o,   // First word of a reading of the window.
  output logic                       out_last_o,    // Last word of a reading of the window.
  output logic                       out_void_o,    // There is no such window in the row.
  output logic                       out_closes_o,  // It is the last window of those in turn.
  output logic                       out_eol_o,     // With the last word of the last reading only.
  output logic                       out_eof_o
);

  if (Kernel == 1 && Stride == 1) begin : gen_pixel
    assign {out_void_o, out_closes_o} = 2'b01;
    if (Simd != InLanes) begin : gen_ring
      window_pixel_ring #(
        .Channels(Channels),
        .Simd   (Simd),
        .Width   (Width),
        .Groups  (Groups)
      ) u_buffer (
        .*
      );
    end else begin : gen_words
      window_pixel_buffer #(
        .Words (Channels / Simd),
        .Width (Simd * Width),
        .Groups(Groups)
      ) u_buffer (
        .*
      );
    end
  end else begin : gen_line
    window_line_buffer #(
      .Words     (Channels / Simd),
      .Width     (Simd * Width),
      .Kernel    (Kernel),
      .Stride    (Stride),
      .Rows      (Rows),
      .Groups    (Groups),
      .Interleave(Interleave),
      .MaxWidth  (MaxWidth)
    ) u_buffer (
      .*
    );
  end

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(InLanes * Width + 2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(in_valid_i),
    .ready_i(in_ready_o),
    .beat_i ({in_eof_i, in_eol_i, in_data_i})
  );
`endif

endmodule
