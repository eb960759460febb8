// The window buffer of 1x1 kernels whose words do not divide a pixel: it enters whole, and turns by a word a cycle.
//
// The last word is filled up with zeros; after all words the first is back in its place.

module window_pixel_ring #(
  parameter int unsigned Channels = 3,
  parameter int unsigned Simd     = 2,  // Of a word.
  parameter int unsigned Width    = 8,  // Bits of one element.
  parameter int unsigned Groups   = 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      in_valid_i,
  output logic                      in_ready_o,
  input  logic [Channels*Width-1:0] in_data_i,
  input  logic                      in_eol_i,
  input  logic                      in_eof_i,
  output logic                      out_valid_o,
  input  logic                      out_ready_i,
  output logic [    Simd*Width-1:0] out_data_o,
  output logic                      out_inside_o,
  output logic                      out_first_o,
  output logic                      out_last_o,
  output logic                      out_eol_o,
  output logic                      out_eof_o
);

  localparam int unsigned Words = (Channels + Simd - 1) / Simd;
  localparam int unsigned WordWidth = Simd * Width;
  localparam int unsigned RingWidth = Words * WordWidth;
  localparam int unsigned WordBits = $clog2(Words);
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;

  logic valid_q, eol_q, eof_q;
  logic [RingWidth-1:0] ring_q, turned;
  logic [ WordBits-1:0] word_q;
  logic [GroupBits-1:0] group_q;

  logic advance, take, word_last, group_last;
  assign word_last  = word_q == WordBits'(Words - 1);
  assign group_last = group_q == GroupBits'(Groups - 1);
  assign advance    = valid_q && out_ready_i;
  assign in_ready_o = !valid_q || (advance && word_last && group_last);
  assign take       = in_valid_i && in_ready_o;

  assign turned     = {ring_q[WordWidth-1:0], ring_q[RingWidth-1:WordWidth]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      word_q  <= '0;
      group_q <= '0;
    end else begin
      if (in_ready_o) valid_q <= in_valid_i;
      if (advance) word_q <= word_last ? '0 : word_q + 1'b1;
      if (advance && word_last) group_q <= group_last ? '0 : group_q + 1'b1;
    end
    if (take) {eof_q, eol_q} <= {in_eof_i, in_eol_i};
    if (take || advance) ring_q <= in_ready_o ? RingWidth'(in_data_i) : turned;
  end

  assign out_valid_o  = valid_q;
  assign out_data_o   = ring_q[WordWidth-1:0];
  assign out_inside_o = 1'b1;  // There is no padding.
  assign out_first_o  = word_q == '0;
  assign out_last_o   = word_last;
  assign out_eol_o    = word_last && group_last && eol_q;
  assign out_eof_o    = word_last && group_last && eof_q;

endmodule
