// The window buffer of larger kernels: a cyclic buffer of rows, Stride more than are read, so that rows enter meanwhile.
//
// An output row is read once its lowest input row is complete, and at least Stride - 1 rows below its centre, which
// tells whether another output row follows. Positions within a row are counted in words, not pixels. The taps of a window
// are read column by column, `Rows` of its rows at a time, from one memory or from one for each row. A set of Interleave
// windows of a row is read at once, a word of each in turn; those beyond the row's end are void.

module window_line_buffer #(
  parameter int unsigned Words      = 1,  // Words of a pixel.
  parameter int unsigned Width      = 8,  // Bits of a word.
  parameter int unsigned Kernel     = 3,
  parameter int unsigned Stride     = 1,
  parameter int unsigned Rows       = 1,  // Rows of the kernel that are read at once.
  parameter int unsigned Groups     = 1,
  parameter int unsigned Interleave = 1,
  parameter int unsigned MaxWidth   = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic [     Width-1:0] in_data_i,
  input  logic                  in_eol_i,
  input  logic                  in_eof_i,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [Rows*Width-1:0] out_data_o,
  output logic [      Rows-1:0] out_inside_o,  // Otherwise a row is padding, and its data are to be taken as zero.
  output logic                  out_first_o,
  output logic                  out_last_o,
  output logic                  out_void_o,
  output logic                  out_closes_o,
  output logic                  out_eol_o,
  output logic                  out_eof_o
);

  localparam int unsigned Before = (Kernel - 1) / 2;  // Taps of a window before its centre, and after it.
  localparam int unsigned After = Kernel / 2;
  localparam int unsigned Ahead = (After > Stride - 1) ? After : Stride - 1;
  localparam int unsigned Slots = Before + 1 + Ahead + Stride;
  localparam int unsigned RowWords = MaxWidth * Words;
  localparam int unsigned SlotBits = $clog2(Slots);
  localparam int unsigned RowBits = $clog2(2 * Slots + 1);
  localparam int unsigned Reach = (Slots + (Interleave - 1) * Stride) * Words;  // Beyond the row's end.
  localparam int unsigned ColumnBits = $clog2(RowWords + Reach) + 1;  // Signed: padding lies left of zero.
  localparam int unsigned TapWords = Kernel * Words;
  localparam int unsigned TapBits = $clog2(TapWords + 1);
  localparam int unsigned AddressBits = (RowWords > 1) ? $clog2(RowWords) : 1;
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int unsigned PhaseBits = (Interleave > 1) ? $clog2(Interleave) : 1;

  typedef logic [RowBits-1:0] row_t;
  typedef logic signed [ColumnBits-1:0] column_t;

  function automatic row_t wrapped(row_t slot);
    wrapped = (slot >= RowBits'(Slots)) ? slot - RowBits'(Slots) : slot;
  endfunction

  // Rows arrive.
  logic [Slots-1:0] row_eof_q;  // Whether the row in each slot is the last of its frame.
  column_t row_end_q[Slots];  // Position of the last word of the row in each slot.
  row_t write_slot_q, waiting_q;  // `waiting` rows are complete, and not yet counted as the frame's.
  row_t used, used_q;
  column_t write_column_q;
  logic write, row_written, room_q;

  assign in_ready_o  = room_q;
  assign write       = in_valid_i && in_ready_o;
  assign row_written = write && in_eol_i;

  always_ff @(posedge clk_i) begin
    if (row_written) row_end_q[write_slot_q[SlotBits-1:0]] <= write_column_q;
    if (row_written) row_eof_q[write_slot_q[SlotBits-1:0]] <= in_eof_i;
  end

  // Rows from the kernel's first on, which has slot `top`: `reach` rows, of which the first `above` are padding and the
  // others of the frame being read.
  row_t absorb_slot_q, top_slot_q, reach_q, above_q;
  logic ended_q;  // The last row of the frame is among them.
  column_t end_column_q;
  logic absorb, row_ready, row_follows;
  row_t released, next_top;

  assign absorb    = (waiting_q != '0) && !ended_q;
  assign row_ready = ended_q || (reach_q >= RowBits'(Before + 1 + Ahead));

  // The walk through the windows, one word a cycle.
  logic [TapBits-1:0] tap_q;
  row_t tap_row_q, tap_slot_q;
  logic [GroupBits-1:0] group_q;
  column_t start_column_q, column_q;  // Of the set's first window; of the word.
  logic advance, issue, phase_last, tap_last, window_last, pixel_last, set_last, line_last, line_ends, is_void, closes;

  assign issue       = advance && row_ready;
  assign tap_last    = tap_q == TapBits'(TapWords - 1);
  assign window_last = tap_last && (tap_row_q == RowBits'(Kernel - Rows));
  assign pixel_last  = window_last && (group_q == GroupBits'(Groups - 1));
  assign set_last    = pixel_last && phase_last;
  assign line_last   = set_last && line_ends;

  // What follows a line. A window that takes more than a cycle leaves one to find out: what this depends on changes when
  // a line is left, or while the last row of the frame arrives, before the first word of its last line can be read.
  logic line_ends_d, row_follows_d;
  row_t released_d, next_top_d;
  always_comb begin
    line_ends_d   = start_column_q + $signed(ColumnBits'((Before + Interleave * Stride) * Words)) > end_column_q;
    row_follows_d = !ended_q || (reach_q > RowBits'(Before + Stride));
    if (!row_follows_d) released_d = reach_q - above_q;
    else if (above_q >= RowBits'(Stride)) released_d = '0;
    else released_d = RowBits'(Stride) - above_q;
    next_top_d = row_follows_d ? wrapped(top_slot_q + RowBits'(Stride)) :
        wrapped(absorb_slot_q + RowBits'(Slots - Before));
  end

  if (TapWords * Groups * Interleave > 1) begin : gen_found
    always_ff @(posedge clk_i) begin
      {line_ends, row_follows, released, next_top} <= {line_ends_d, row_follows_d, released_d, next_top_d};
    end
  end else begin : gen_at_once
    assign {line_ends, row_follows, released, next_top} = {line_ends_d, row_follows_d, released_d, next_top_d};
  end

  column_t next_start;
  always_comb begin
    next_start = start_column_q;
    if (line_last) next_start = -$signed(ColumnBits'(Before * Words));
    else if (set_last) next_start = start_column_q + $signed(ColumnBits'(Interleave * Stride * Words));
  end

  // The word of the next window in turn, or the first one's next.
  column_t next_column, next_tap;
  if (Interleave == 1) begin : gen_alone
    assign {phase_last, closes, is_void} = 3'b110;
    assign next_tap    = tap_last ? next_start : column_q + 1'b1;
    assign next_column = next_tap;
  end else begin : gen_interleaved
    logic [PhaseBits-1:0] phase_q;
    column_t tap_column_q, centre_q, next_centre;  // Of the first window's word; of the window's centre.

    assign phase_last  = phase_q == PhaseBits'(Interleave - 1);
    assign next_centre = centre_q + $signed(ColumnBits'(Stride * Words));
    assign is_void     = centre_q > end_column_q;
    assign closes      = !is_void && (phase_last || (next_centre > end_column_q));
    assign next_tap    = tap_last ? next_start : tap_column_q + 1'b1;
    assign next_column = phase_last ? next_tap : column_q + $signed(ColumnBits'(Stride * Words));
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        phase_q      <= '0;
        tap_column_q <= -$signed(ColumnBits'(Before * Words));
        centre_q     <= '0;
      end else if (issue) begin
        phase_q  <= phase_last ? '0 : phase_q + 1'b1;
        centre_q <= phase_last ? next_start + $signed(ColumnBits'(Before * Words)) : next_centre;
        if (phase_last) tap_column_q <= next_tap;
      end
    end
  end

  logic release_rows;
  assign release_rows = issue && line_last;
  assign used         = used_q + RowBits'(row_written) - (release_rows ? released : '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {write_slot_q, used_q, waiting_q} <= '0;
      room_q <= 1'b1;
      write_column_q <= '0;
      absorb_slot_q <= '0;
      {top_slot_q, tap_slot_q} <= {2{RowBits'((Slots - Before) % Slots)}};
      {reach_q, above_q} <= {2{RowBits'(Before)}};
      ended_q <= 1'b0;
      tap_row_q <= '0;
      tap_q <= '0;
      group_q <= '0;
      start_column_q <= -$signed(ColumnBits'(Before * Words));
      column_q <= -$signed(ColumnBits'(Before * Words));
    end else begin
      if (write) write_column_q <= in_eol_i ? '0 : write_column_q + 1'b1;
      if (row_written) write_slot_q <= wrapped(write_slot_q + 1'b1);
      if (absorb) absorb_slot_q <= wrapped(absorb_slot_q + 1'b1);
      waiting_q <= waiting_q + RowBits'(row_written) - RowBits'(absorb);
      used_q    <= used;
      room_q    <= used < RowBits'(Slots);
      reach_q   <= reach_q + RowBits'(absorb) - (release_rows ? RowBits'(Stride) : '0);
      if (absorb) ended_q <= row_eof_q[absorb_slot_q[SlotBits-1:0]];
      if (release_rows) begin
        top_slot_q <= next_top;
        if (!row_follows) begin
          ended_q <= 1'b0;
          {reach_q, above_q} <= {2{RowBits'(Before)}};
        end else begin
          above_q <= (above_q > RowBits'(Stride)) ? above_q - RowBits'(Stride) : '0;
        end
      end
      if (issue) begin
        column_q       <= next_column;
        start_column_q <= next_start;
      end
      if (issue && phase_last) begin
        tap_q <= tap_last ? '0 : tap_q + 1'b1;
        if (tap_last) begin
          tap_row_q  <= window_last ? '0 : tap_row_q + RowBits'(Rows);
          tap_slot_q <= !window_last ? wrapped(tap_slot_q + RowBits'(Rows)) : line_last ? next_top : top_slot_q;
        end
        if (window_last) group_q <= pixel_last ? '0 : group_q + 1'b1;
      end
    end
    if (absorb) end_column_q <= row_end_q[absorb_slot_q[SlotBits-1:0]];
  end

  logic [SlotBits-1:0] write_slot, slot;  // Of padding, any.
  logic [AddressBits-1:0] write_column, column;  // The same.
  assign write_slot   = write_slot_q[SlotBits-1:0];
  assign slot         = tap_slot_q[SlotBits-1:0];
  assign write_column = write_column_q[AddressBits-1:0];
  assign column       = column_q[AddressBits-1:0];

  logic in_line, line_closes;
  assign line_closes = pixel_last && line_ends && closes;
  assign in_line = (column_q >= 0) && (column_q <= end_column_q);

  // Two stages: the address, then the word; both move when the word can leave.
  logic            valid_q;
  logic [Rows-1:0] inside_q;
  logic [     5:0] marks_q;

  assign advance = out_ready_i || !out_valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {valid_q, out_valid_o} <= '0;
    else if (advance) {out_valid_o, valid_q} <= {valid_q, issue};
    if (advance) begin
      for (int unsigned i = 0; i < Rows; i++) begin
        inside_q[i] <= (tap_row_q + RowBits'(i) >= above_q) && (tap_row_q + RowBits'(i) < reach_q) && in_line;
      end
      marks_q <= {
        line_closes && !row_follows, line_closes, closes, is_void, window_last, (tap_q == '0) && (tap_row_q == '0)
      };
      out_inside_o <= inside_q;
      {out_eof_o, out_eol_o, out_closes_o, out_void_o, out_last_o, out_first_o} <= marks_q;
    end
  end

  // A single memory reads a word when the next address comes. Where the padding below is not as high as the stride, that
  // word may be of a row that has been released and is written again in a long stall: banks read it at once.
  if (Rows == 1 && After >= Stride) begin : gen_memory
    window_row_memory #(
      .Slots(Slots),
      .Depth(RowWords),
      .Width(Width)
    ) u_rows (
      .clk_i,
      .write_i(write),
      .write_slot_i(write_slot),
      .write_column_i(write_column),
      .data_i(in_data_i),
      .advance_i(advance),
      .slot_i(slot),
      .column_i(column),
      .data_o(out_data_o)
    );
  end else begin : gen_banks
    window_row_banks #(
      .Slots(Slots),
      .Depth(RowWords),
      .Width(Width),
      .Rows (Rows)
    ) u_rows (
      .clk_i,
      .write_i(write),
      .write_slot_i(write_slot),
      .write_column_i(write_column),
      .data_i(in_data_i),
      .advance_i(advance),
      .slot_i(slot),
      .column_i(column),
      .data_o(out_data_o)
    );
  end

endmodule
