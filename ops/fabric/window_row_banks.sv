// The rows of a line buffer, each in a memory of its own: the words of `Rows` neighbouring rows at the same column.
//
// All memories are read; a multiplexer for each row takes the word of its slot. So rows come in the order of the kernel.

module window_row_banks #(
  parameter int unsigned Slots = 4,   // Rows that are stored, in a circle.
  parameter int unsigned Depth = 16,  // Words of a row.
  parameter int unsigned Width = 8,   // Bits of a word.
  parameter int unsigned Rows  = 3,   // Rows that are read at once.
  localparam int unsigned SlotBits   = (Slots > 1) ? $clog2(Slots) : 1,
  localparam int unsigned ColumnBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [SlotBits-1:0]   write_slot_i,
  input  logic [ColumnBits-1:0] write_column_i,
  input  logic [Width-1:0]      data_i,
  input  logic                  advance_i,
  input  logic [SlotBits-1:0]   slot_i,    // Of the first row that is read.
  input  logic [ColumnBits-1:0] column_i,
  output logic [Rows*Width-1:0] data_o     // Two advances later, the first row in the low bits.
);

  logic [ColumnBits-1:0] column_q;
  logic [SlotBits-1:0]   slot_q;
  logic [Slots-1:0]      bits[Width];  // One bit of the words of all slots.

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      column_q <= column_i;
      slot_q   <= slot_i;
    end
  end

  for (genvar i = 0; i < Slots; i++) begin : gen_bank
    logic [Width-1:0] memory[Depth];
    logic [Width-1:0] word_q;
    always_ff @(posedge clk_i) begin
      if (write_i && write_slot_i == SlotBits'(i)) memory[write_column_i] <= data_i;
      if (advance_i) word_q <= memory[column_q];
    end
    for (genvar j = 0; j < Width; j++) begin : gen_bit
      assign bits[j][i] = word_q[j];
    end
  end

  for (genvar i = 0; i < Rows; i++) begin : gen_row
    localparam int unsigned Turn = Slots - i;
    logic [SlotBits-1:0] select_q;
    always_ff @(posedge clk_i) begin
      if (advance_i) select_q <= (i > 0 && slot_q >= SlotBits'(Turn)) ? slot_q - SlotBits'(Turn) : slot_q + SlotBits'(i);
    end
    for (genvar j = 0; j < Width; j++) begin : gen_bit
      assign data_o[i*Width+j] = bits[j][select_q];
    end
  end

endmodule
