// Property: the last word of a window leaves only when all arrays have room; data leave two cycles after their marks, zero where padding
// Proof: induction, InChannels=1 InWidth=2 Kernel=1 Arrays=2
// Proof: bound 9, InChannels=1 InWidth=2 Kernel=3 MaxWidth=2 Arrays=1

  logic                       live, known;
  logic [Rows*RowWidth-1:0]   words, late;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  for (genvar i = 0; i < Rows; i++) begin : gen_proof
    assign words[i*RowWidth+:RowWidth] = window_inside[i] ? window_data[i*RowWidth+:RowWidth] : '0;
  end
  always_comb if (live && valid_o && last_o) assert (&room_i);
`ifdef BOUND
  proof_delay #(.Width(Rows * RowWidth), .Depth(2)) u_late (
    .clk_i, .enable_i(1'b1), .data_i(words), .data_o(late), .known_o(known)
  );
  always_comb if (known) assert (data_o == late);
`endif
