// Property: AXI4-Lite requests stand until they are taken; height, width and start are written in this order, once a frame, to a core that said that it is idle
// Proof: induction, SizeWidth=4

  logic       live;
  logic [2:0] written_q;  // Of this frame.
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(5)) u_aw (.clk_i, .live_i(live), .valid_i(awvalid_o), .ready_i(awready_i), .beat_i(awaddr_o));
  proof_held #(.Width(32)) u_w (.clk_i, .live_i(live), .valid_i(wvalid_o), .ready_i(wready_i), .beat_i(wdata_o));
  proof_held #(.Width(5)) u_ar (.clk_i, .live_i(live), .valid_i(arvalid_o), .ready_i(arready_i), .beat_i(araddr_o));
  // The core answers what it has taken, and nothing else.
  always_comb begin
    if (bvalid_i) assume (writing && address_q && data_q);
    if (rvalid_i) assume (state_q == AskIdle && asked_q);
  end
  always_ff @(posedge clk_i) begin
    if (!live || (state_q == Running && frame_end_i)) written_q <= '0;
    else written_q <= written_q + 3'(bvalid_i);
  end
  logic idle_q;  // What the core answered last, when it was asked.
  always_ff @(posedge clk_i) if (rvalid_i) idle_q <= rdata_i[IdleBit];
  logic address_done_q, data_done_q;  // Of this write.
  always_ff @(posedge clk_i) begin
    if (!live || bvalid_i) {address_done_q, data_done_q} <= '0;
    else begin
      if (awvalid_o && awready_i) address_done_q <= 1'b1;
      if (wvalid_o && wready_i) data_done_q <= 1'b1;
    end
  end
  always_comb if (live) begin
    assert (address_done_q == address_q && data_done_q == data_q);
    assert (state_q <= Running);
    if (writing || state_q == Running) assert (idle_q);
    assert (32'(written_q) == ((state_q == SetWidth) ? 1 : (state_q == SetStart) ? 2 : (state_q == Running) ? 3 : 0));
    if (!writing) assert (!address_q && !data_q);
    if (state_q != AskIdle) assert (!asked_q);
    if (awvalid_o) assert (awaddr_o == ((written_q == 3'd0) ? 5'h10 : (written_q == 3'd1) ? 5'h18 : 5'h00));
    if (wvalid_o) assert (wdata_o == ((written_q == 3'd0) ? 32'(height_q) : (written_q == 3'd1) ? 32'(width_q) : 32'd1));
  end
