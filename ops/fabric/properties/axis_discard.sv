// Property: after a reset of the flow all of the abandoned frame is dropped and nothing of the next one; without one, nothing
// Proof: induction

  logic live;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  // Beats by their frames, where frames are marked: whether the latest reset came after the frame of the offered beat began.
  logic abandoned_q, any_q, inside_q, torn_q;
  always_ff @(posedge clk_i) begin
    if (!live) {abandoned_q, any_q, inside_q, torn_q} <= '0;
    else begin
      if (!flow_rst_ni) {abandoned_q, any_q} <= 2'b11;
      else if (passes && !discard_o) abandoned_q <= 1'b0;
      // Packets: the one that passes, and whether it was torn by a reset.
      if (flush_i) inside_q <= 1'b0;
      else if (passes) inside_q <= !last_i;
      if (flush_i) torn_q <= 1'b0;
      else if (!flow_rst_ni) torn_q <= passes ? !last_i : inside_q;
      else if ((passes && !discard_o) || (passes && last_i)) torn_q <= 1'b0;
    end
  end
  always_comb if (live) begin
    if (flush_i) assert (discard_o && discarding_o);
    else if (marked_i) begin
      assert (discard_o == (abandoned_q && !user_i));
      if (valid_i && user_i) assert (!discard_o && !discarding_o);
    end else begin
      assert (discard_o == torn_q);
    end
    if (!any_q && !flush_i && marked_i) assert (!discard_o);
    assert (rest_q == abandoned_q && cut_q == torn_q && open_q == inside_q);
    if (!flush_i && discard_o) assert (discarding_o);
  end
