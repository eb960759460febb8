// Property: the words that were written in a column of neighbouring rows leave two advances after they were asked for, in order
// Proof: bound 7, Slots=3 Depth=2 Width=1 Rows=2
// Proof: bound 6, Slots=5 Depth=1 Width=1 Rows=3

  (* anyconst *) logic [SlotBits-1:0]   slot;
  (* anyconst *) logic [ColumnBits-1:0] column;
  (* anyconst *) logic [SlotBits-1:0]   first;  // Row of the reading in which the place is.
  logic             written_q = 1'b0, sure_q = 1'b0, later_q = 1'b0;
  logic [Width-1:0] word_q, read_q, late_q;
  always_comb begin
    assume (32'(slot) < Slots && 32'(column) < Depth && 32'(first) < Rows);
    assume (32'(slot_i) < Slots && 32'(column_i) < Depth && 32'(write_slot_i) < Slots && 32'(write_column_i) < Depth);
  end
  always_ff @(posedge clk_i) begin
    if (write_i && write_slot_i == slot && write_column_i == column) {written_q, word_q} <= {1'b1, data_i};
    if (advance_i) begin
      sure_q  <= written_q && column_i == column && (32'(slot_i) + 32'(first)) % Slots == 32'(slot);
      read_q  <= word_q;
      later_q <= sure_q;
      late_q  <= read_q;
    end
  end
  always_comb if (later_q) assert (data_o[first*Width+:Width] == late_q);
