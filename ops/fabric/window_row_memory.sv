// The rows of a line buffer in one memory: the word at a column of one row.

module window_row_memory #(
  parameter int unsigned Slots = 4,  // Rows that are stored, in a circle.
  parameter int unsigned Depth = 16,  // Words of a row.
  parameter int unsigned Width = 8,  // Bits of a word.
  localparam int unsigned SlotBits = (Slots > 1) ? $clog2(Slots) : 1,
  localparam int unsigned ColumnBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [  SlotBits-1:0] write_slot_i,
  input  logic [ColumnBits-1:0] write_column_i,
  input  logic [     Width-1:0] data_i,
  input  logic                  advance_i,
  input  logic [  SlotBits-1:0] slot_i,
  input  logic [ColumnBits-1:0] column_i,
  output logic [     Width-1:0] data_o           // Two advances later.
);

  localparam int unsigned AddressBits = $clog2(Slots * Depth);
  typedef logic [AddressBits-1:0] address_t;

  // A table in place of a product.
  function automatic address_t row_address(logic [SlotBits-1:0] slot);
    row_address = '0;
    for (int unsigned i = 1; i < Slots; i++) begin
      if (slot == SlotBits'(i)) row_address = AddressBits'(i * Depth);
    end
  endfunction

  (* no_rw_check *) logic [Width-1:0] memory[Slots * Depth];  // What is read while it is written is padding.
  address_t address_q;

  always_ff @(posedge clk_i) begin
    if (write_i) memory[row_address(write_slot_i)+AddressBits'(write_column_i)] <= data_i;
    if (advance_i) begin
      address_q <= row_address(slot_i) + AddressBits'(column_i);
      data_o    <= memory[address_q];
    end
  end

endmodule
