// DepthToSpace: an input row is stored while the Block output rows of the row before leave and make room for it.

module depth_to_space #(
  parameter int unsigned InWidth     = 8,
  parameter int unsigned InLanes     = 1,
  parameter int unsigned OutChannels = 1,
  parameter int unsigned OutWidth    = 8,
  parameter int unsigned OutLanes    = 1,
  parameter int unsigned MaxWidth    = 16,
  parameter int unsigned Block       = 2
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  input  logic [  InLanes*InWidth-1:0] in_data_i,
  input  logic                         in_eol_i,
  input  logic                         in_eof_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  // An input pixel is Block chunks, each the part of one output row, Block pixels wide. Chunks of the same output row lie
  // in a region of their own, first in, first out.
  localparam int unsigned Chunk = Block * (OutChannels / OutLanes);
  localparam int unsigned LineWords = MaxWidth * Chunk;
  localparam int unsigned Waiting = LineWords / Block;  // Words that enter a region while a line of another one leaves.

  // A region holds a line, what enters while the lines before it leave, and a chunk that comes at once: the region of row i
  // Base + i * Waiting words.
  localparam int unsigned Base = LineWords + Chunk + 2;
  localparam int unsigned Words = Block * Base + Block * (Block - 1) / 2 * Waiting;
  localparam int unsigned WordBits = $clog2(Words);
  localparam int unsigned LineBits = (LineWords > 1) ? $clog2(LineWords) : 1;
  localparam int unsigned ChunkBits = (Chunk > 1) ? $clog2(Chunk) : 1;
  localparam int unsigned BlockBits = $clog2(Block);

  logic [InLanes*InWidth-1:0] memory[Words];
  logic [Block-1:0][WordBits-1:0] write_places, read_places;
  logic [Block-1:0] room;
  logic [      1:0] full_q;  // Whole input rows stored.
  logic write_half_q, read_half_q;
  logic [LineBits-1:0] end_q [2];  // Last word of a line of these rows.
  logic [         1:0] eof_q;
  logic write, written;

  // Words enter: chunk after chunk, each of the next region.
  logic [ChunkBits-1:0] write_word_q;
  logic [BlockBits-1:0] write_row_q;
  logic [ LineBits-1:0] write_end_q;  // Words of the line in the last region.
  logic                 chunk_written;

  assign in_ready_o    = (full_q != 2'd2) && room[write_row_q];
  assign write         = in_valid_i && in_ready_o;
  assign written       = write && in_eol_i;
  assign chunk_written = write_word_q == ChunkBits'(Chunk - 1);

  // Words leave: a line of each region, then the next row's.
  logic [ LineBits-1:0] read_word_q;
  logic [BlockBits-1:0] read_row_q;
  logic advance, issue, line_last, block_last, released;

  assign advance    = out_ready_i || !out_valid_o;
  assign issue      = advance && (full_q != '0);
  assign line_last  = read_word_q == end_q[read_half_q];
  assign block_last = read_row_q == BlockBits'(Block - 1);
  assign released   = issue && line_last && block_last;

  for (genvar i = 0; i < Block; i++) begin : gen_region
    localparam int unsigned First = i * Base + i * (i - 1) / 2 * Waiting;
    localparam int unsigned Count = Base + i * Waiting;
    localparam int unsigned Last = First + Count - 1;
    logic [WordBits-1:0] count_q;
    logic enters, leaves;
    assign enters  = write && (write_row_q == BlockBits'(i));
    assign leaves  = issue && (read_row_q == BlockBits'(i));
    assign room[i] = count_q != WordBits'(Count);
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        {write_places[i], read_places[i]} <= {2{WordBits'(First)}};
        count_q                           <= '0;
      end else begin
        if (enters) write_places[i] <= (write_places[i] == WordBits'(Last)) ? WordBits'(First) : write_places[i] + 1'b1;
        if (leaves) read_places[i] <= (read_places[i] == WordBits'(Last)) ? WordBits'(First) : read_places[i] + 1'b1;
        count_q <= count_q + WordBits'(enters) - WordBits'(leaves);
      end
    end
  end

  logic [WordBits-1:0] write_place, read_place;
  always_comb begin
    {write_place, read_place} = '0;
    for (int unsigned i = 0; i < Block; i++) begin
      if (write_row_q == BlockBits'(i)) write_place |= write_places[i];
      if (read_row_q == BlockBits'(i)) read_place |= read_places[i];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q                      <= '0;
      {write_half_q, read_half_q} <= '0;
      {write_word_q, write_row_q} <= '0;
      write_end_q                 <= '0;
      {read_word_q, read_row_q}   <= '0;
      out_valid_o                 <= 1'b0;
    end else begin
      full_q <= full_q + 2'(written) - 2'(released);
      if (write) begin
        write_word_q <= chunk_written ? '0 : write_word_q + 1'b1;
        if (chunk_written) write_row_q <= (write_row_q == BlockBits'(Block - 1)) ? '0 : write_row_q + 1'b1;
        if (in_eol_i) write_end_q <= '0;
        else if (write_row_q == BlockBits'(Block - 1)) write_end_q <= write_end_q + 1'b1;
      end
      if (written) write_half_q <= !write_half_q;
      if (issue) begin
        read_word_q <= line_last ? '0 : read_word_q + 1'b1;
        if (line_last) read_row_q <= block_last ? '0 : read_row_q + 1'b1;
      end
      if (released) read_half_q <= !read_half_q;
      if (advance) out_valid_o <= issue;
    end
    if (write) memory[write_place] <= in_data_i;
    if (written) end_q[write_half_q] <= write_end_q;
    if (written) eof_q[write_half_q] <= in_eof_i;
    if (advance) begin
      out_data_o <= memory[read_place];
      out_eol_o  <= line_last;
      out_eof_o  <= released && eof_q[read_half_q];
    end
  end

  logic unused;
  assign unused = ^{OutWidth};

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(InLanes * InWidth + 2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(in_valid_i),
    .ready_i(in_ready_o),
    .beat_i ({in_eof_i, in_eol_i, in_data_i})
  );
`endif

endmodule
