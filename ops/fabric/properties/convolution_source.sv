// Property: the last word of a window leaves only when all arrays have room; data leave two cycles after their marks, zero where padding
// Proof: induction, InChannels=1 InWidth=2 Kernel=1 Arrays=2
// Proof: induction, InChannels=1 InWidth=2 Kernel=1 Interleave=2 Arrays=1
// Proof: bound 9, InChannels=1 InWidth=2 Kernel=3 MaxWidth=2 Arrays=1

  logic                       live, known;
  logic [Rows*RowWidth-1:0]   words, late;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  for (genvar i = 0; i < Rows; i++) begin : gen_proof
    assign words[i*RowWidth+:RowWidth] = window_inside[i] ? window_data[i*RowWidth+:RowWidth] : '0;
  end
  always_comb if (live && valid_o && last_o) assert (&room_i);
  logic [Interleave-1:0] quiet_q;  // The cycles after a reset in which nothing may come.
  always_ff @(posedge clk_i) quiet_q <= !rst_ni ? '1 : Interleave'(quiet_q << 1);
  always_comb if (live && Interleave > 1) begin
    if (quiet_q[Interleave-1]) assert (!valid_o);
  end
`ifdef BOUND
  proof_delay #(.Width(Rows * RowWidth), .Depth(2)) u_late (
    .clk_i, .enable_i(1'b1), .data_i(words), .data_o(late), .known_o(known)
  );
  always_comb if (known) assert (data_o == late);
`endif
