// The rows of a line buffer, each in a memory of its own: the words of `Rows` neighbouring rows at the same column.
//
// All memories are read; their words are turned until that of the first row comes first. So rows come in the order of
// the kernel. A level turns by 0 to 3 places, or by as many times 4, which is one LUT of six inputs for each bit. Block
// memories are slow: their words are stored before they are turned.

module window_row_banks #(
  parameter int unsigned Slots = 4,  // Rows that are stored, in a circle.
  parameter int unsigned Depth = 16,  // Words of a row.
  parameter int unsigned Width = 8,  // Bits of a word.
  parameter int unsigned Rows = 3,  // Rows that are read at once.
  localparam int unsigned SlotBits = (Slots > 1) ? $clog2(Slots) : 1,
  localparam int unsigned ColumnBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [  SlotBits-1:0] write_slot_i,
  input  logic [ColumnBits-1:0] write_column_i,
  input  logic [     Width-1:0] data_i,
  input  logic                  advance_i,
  input  logic [  SlotBits-1:0] slot_i,          // Of the first row that is read.
  input  logic [ColumnBits-1:0] column_i,
  output logic [Rows*Width-1:0] data_o           // Two advances later, the first row in the low bits.
);

  localparam int unsigned Levels = (SlotBits + 1) / 2;

  logic [SlotBits-1:0]    slot_q;
  logic [2*Levels-1:0]    turn_q;
  logic [Slots*Width-1:0] stored;  // The words of all slots.

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      slot_q <= slot_i;
      turn_q <= (2 * Levels)'(slot_q);
    end
  end

  for (genvar i = 0; i < Slots; i++) begin : gen_bank
    (* no_rw_check *) logic [Width-1:0] memory[Depth];  // What is read while it is written is padding.
    logic [Width-1:0] word_q, stored_q;
    always_ff @(posedge clk_i) begin
      if (write_i && write_slot_i == SlotBits'(i)) memory[write_column_i] <= data_i;
      if (advance_i) begin
        word_q   <= memory[column_i];
        stored_q <= word_q;
      end
    end
    assign stored[i*Width+:Width] = stored_q;
  end

  for (genvar level = 0; level < Levels; level++) begin : gen_level
    localparam int unsigned Step = 1 << (2 * level);
    localparam int unsigned Kept = (level == Levels - 1) ? Rows : Slots;
    /* verilator lint_off UNUSEDSIGNAL */  // At last not all are needed.
    logic [Slots*Width-1:0] words;
    /* verilator lint_on UNUSEDSIGNAL */
    logic [ Kept*Width-1:0] turned;
    logic [            1:0] turn;
    assign turn = turn_q[2*level+:2];

    if (level == 0) begin : gen_first
      assign words = stored;
    end else begin : gen_next
      assign words = gen_level[level-1].turned;
    end

    for (genvar i = 0; i < Kept; i++) begin : gen_word
      assign turned[i*Width+:Width] = turn[1] ?
          (turn[0] ? words[(i+3*Step)%Slots*Width+:Width] : words[(i+2*Step)%Slots*Width+:Width]) :
          (turn[0] ? words[(i+Step)%Slots*Width+:Width] : words[i*Width+:Width]);
    end
  end

  assign data_o = gen_level[Levels-1].turned;

endmodule
