// The window buffer of 1x1 kernels: two pixels in turn, one filled while the other is read Groups times.

module window_pixel_buffer #(
  parameter int unsigned Words  = 1,  // Words of a pixel.
  parameter int unsigned Width  = 8,  // Bits of a word.
  parameter int unsigned Groups = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_eol_i,
  input  logic             in_eof_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o,
  output logic             out_inside_o,
  output logic             out_first_o,
  output logic             out_last_o,
  output logic             out_eol_o,
  output logic             out_eof_o
);

  localparam int unsigned WordBits = (Words > 1) ? $clog2(Words) : 1;
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;

  logic [Width-1:0] memory                          [2 << WordBits];
  logic [      1:0] full_q;  // Whole pixels stored.
  logic [1:0] eol_q, eof_q;  // Marks of the pixel in each half.
  logic write_half_q, read_half_q;
  logic [WordBits-1:0] write_word_q, read_word_q;
  logic [GroupBits-1:0] group_q;

  assign out_inside_o = 1'b1;  // There is no padding.

  logic write, written, issue, word_last, released, advance;
  assign in_ready_o = full_q != 2'd2;
  assign write      = in_valid_i && in_ready_o;
  assign written    = write && (write_word_q == WordBits'(Words - 1));
  assign advance    = out_ready_i || !out_valid_o;
  assign issue      = advance && (full_q != 2'd0);
  assign word_last  = read_word_q == WordBits'(Words - 1);
  assign released   = issue && word_last && (group_q == GroupBits'(Groups - 1));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q       <= '0;
      write_half_q <= 1'b0;
      write_word_q <= '0;
      read_half_q  <= 1'b0;
      read_word_q  <= '0;
      group_q      <= '0;
    end else begin
      full_q <= full_q + 2'(written) - 2'(released);
      if (write) write_word_q <= written ? '0 : write_word_q + 1'b1;
      if (written) write_half_q <= !write_half_q;
      if (issue) read_word_q <= word_last ? '0 : read_word_q + 1'b1;
      if (issue && word_last) group_q <= released ? '0 : group_q + 1'b1;
      if (released) read_half_q <= !read_half_q;
    end
    if (write) memory[{write_half_q, write_word_q}] <= in_data_i;
    if (written) eol_q[write_half_q] <= in_eol_i;
    if (written) eof_q[write_half_q] <= in_eof_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) out_valid_o <= 1'b0;
    else if (advance) out_valid_o <= issue;
    if (advance) begin
      out_data_o  <= memory[{read_half_q, read_word_q}];
      out_first_o <= read_word_q == '0;
      out_last_o  <= word_last;
      out_eol_o   <= released && eol_q[read_half_q];
      out_eof_o   <= released && eof_q[read_half_q];
    end
  end

endmodule
