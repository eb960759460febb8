// Property: a frame has width x height x beats; first, end of line and end of frame are with their beats and no other
// Proof: induction, BeatsPerPixel=1 SizeWidth=3
// Proof: induction, BeatsPerPixel=3 SizeWidth=3

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  // Where the beat is, counted upwards.
  logic [SizeWidth-1:0] x_q, y_q, all_x_q, all_y_q;
  logic [7:0]           beat_count_q;
  always_ff @(posedge clk_i) begin
    if (!active_q) begin
      {x_q, y_q, beat_count_q} <= '0;
      {all_x_q, all_y_q} <= {width_i, height_i};
    end else if (advance_i) begin
      beat_count_q <= (32'(beat_count_q) == BeatsPerPixel - 1) ? '0 : beat_count_q + 1'b1;
      if (32'(beat_count_q) == BeatsPerPixel - 1) begin
        x_q <= (x_q == all_x_q - 1'b1) ? '0 : x_q + 1'b1;
        if (x_q == all_x_q - 1'b1) y_q <= y_q + 1'b1;
      end
    end
  end
  always_comb begin
    assume (width_i != '0 && height_i != '0);
    if (live && active_q) begin
      assert (first_o == (x_q == '0 && y_q == '0 && beat_count_q == '0));
      assert (last_of_line_o == (x_q == all_x_q - 1'b1 && 32'(beat_count_q) == BeatsPerPixel - 1));
      assert (last_o == (last_of_line_o && y_q == all_y_q - 1'b1));
      assert (x_q < all_x_q && y_q < all_y_q && width_q == all_x_q && 32'(beat_count_q) < BeatsPerPixel);
      assert (columns_q == all_x_q - x_q && rows_q == all_y_q - y_q && 32'(beat_q) == 32'(beat_count_q));
    end
    if (live) assert (start_ready_o == !active_o);
  end
