// DepthToSpace: one input row is stored while the Block output rows of the row before leave.

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
  input  logic [InLanes*InWidth-1:0]   in_data_i,
  input  logic                         in_eol_i,
  input  logic                         in_eof_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  // An input pixel is Block chunks, each the part of one output row, Block pixels wide.
  localparam int unsigned Chunk     = Block * (OutChannels / OutLanes);
  localparam int unsigned RowWords  = MaxWidth * Block * Chunk;
  localparam int unsigned WordBits  = $clog2(RowWords);
  localparam int unsigned ChunkBits = (Chunk > 1) ? $clog2(Chunk) : 1;
  localparam int unsigned BlockBits = $clog2(Block);

  typedef logic [WordBits-1:0] address_t;

  logic [InLanes*InWidth-1:0] memory[2 << WordBits];
  logic [1:0]                 full_q;  // Whole rows stored.
  logic                       write_half_q, read_half_q;
  address_t                   write_word_q;
  address_t                   end_q[2];  // Address of the last word of the row in each half.
  logic [1:0]                 eof_q;
  logic                       write, written;

  assign in_ready_o = full_q != 2'd2;
  assign write      = in_valid_i & in_ready_o;
  assign written    = write & in_eol_i;

  // The walk: chunk after chunk of one output row, from pixel to pixel, then the next output row.
  address_t             read_word_q, row_start_q;
  logic [ChunkBits-1:0] chunk_word_q;
  logic [BlockBits-1:0] block_row_q;
  logic                 advance, issue, chunk_last, line_last, block_last, released;
  address_t             chunk_jump;

  assign advance    = out_ready_i | ~out_valid_o;
  assign issue      = advance & (full_q != '0);
  assign chunk_last = chunk_word_q == ChunkBits'(Chunk - 1);
  assign block_last = block_row_q == BlockBits'(Block - 1);
  // The end of a line: fewer words follow than the way to the next pixel is long.
  assign chunk_jump = end_q[read_half_q] - read_word_q;
  assign line_last  = chunk_last & (chunk_jump <= WordBits'((Block - 1) * Chunk));
  assign released   = issue & line_last & block_last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q       <= '0;
      write_half_q <= 1'b0;
      write_word_q <= '0;
      read_half_q  <= 1'b0;
      read_word_q  <= '0;
      row_start_q  <= '0;
      chunk_word_q <= '0;
      block_row_q  <= '0;
      out_valid_o  <= 1'b0;
    end else begin
      full_q <= full_q + 2'(written) - 2'(released);
      if (write) write_word_q <= in_eol_i ? '0 : write_word_q + 1'b1;
      if (written) write_half_q <= ~write_half_q;
      if (released) read_half_q <= ~read_half_q;
      if (issue) begin
        chunk_word_q <= chunk_last ? '0 : chunk_word_q + 1'b1;
        if (released) {read_word_q, row_start_q} <= '0;
        else if (line_last) {read_word_q, row_start_q} <= {2{row_start_q + WordBits'(Chunk)}};
        else read_word_q <= read_word_q + (chunk_last ? WordBits'((Block - 1) * Chunk + 1) : WordBits'(1));
        if (line_last) block_row_q <= block_last ? '0 : block_row_q + 1'b1;
      end
      if (advance) out_valid_o <= issue;
    end
    if (write) memory[{write_half_q, write_word_q}] <= in_data_i;
    if (written) end_q[write_half_q] <= write_word_q;
    if (written) eof_q[write_half_q] <= in_eof_i;
    if (advance) begin
      out_data_o <= memory[{read_half_q, read_word_q}];
      out_eol_o  <= line_last;
      out_eof_o  <= released & eof_q[read_half_q];
    end
  end

  logic unused;
  assign unused = ^{OutWidth};

`ifndef SYNTHESIS
  stream_protocol #(.Width(InLanes * InWidth + 2)) u_protocol (
    .clk_i, .rst_ni, .valid_i(in_valid_i), .ready_i(in_ready_o), .beat_i({in_eof_i, in_eol_i, in_data_i})
  );
`endif

endmodule
