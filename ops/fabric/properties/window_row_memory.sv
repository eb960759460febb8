// Property: the word that was written at a place leaves two advances after it was asked for
// Proof: bound 7, Slots=3 Depth=2 Width=1

  // A free place: what was written there last.
  (* anyconst *) logic [SlotBits-1:0]   slot;
  (* anyconst *) logic [ColumnBits-1:0] column;
  logic             written_q = 1'b0, fresh_q, asked, known;
  logic [Width-1:0] word_q, read_q;
  always_comb begin
    assume (32'(slot) < Slots && 32'(column) < Depth);
    assume (32'(slot_i) < Slots && 32'(column_i) < Depth && 32'(write_slot_i) < Slots && 32'(write_column_i) < Depth);
  end
  logic at_q = 1'b0, sure_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (write_i && write_slot_i == slot && write_column_i == column) {written_q, word_q} <= {1'b1, data_i};
    if (advance_i) begin
      at_q   <= slot_i == slot && column_i == column;
      sure_q <= at_q && written_q;
      read_q <= word_q;  // As it was before what is written now.
    end
  end
  always_comb if (sure_q) assert (data_o == read_q);
