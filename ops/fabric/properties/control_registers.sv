// Property: an answer on the bus stands until it is taken, one for each request; whole writes alone change registers; a start that waits keeps its size
// Proof: induction, SizeWidth=16

  logic       live;
  logic [1:0] writes_q, reads_q;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(2)) u_b (.clk_i, .live_i(live), .valid_i(s_axil_bvalid), .ready_i(s_axil_bready), .beat_i(s_axil_bresp));
  proof_held #(.Width(34)) u_r (
    .clk_i, .live_i(live), .valid_i(s_axil_rvalid), .ready_i(s_axil_rready), .beat_i({s_axil_rresp, s_axil_rdata})
  );
  always_ff @(posedge clk_i) begin
    writes_q <= live ? writes_q + 2'(s_axil_awvalid && s_axil_awready) - 2'(s_axil_bvalid && s_axil_bready) : '0;
    reads_q  <= live ? reads_q + 2'(s_axil_arvalid && s_axil_arready) - 2'(s_axil_rvalid && s_axil_rready) : '0;
  end
  logic                   waits_q = 1'b0;
  logic [2*SizeWidth-1:0] size_q;
  always_ff @(posedge clk_i) begin
    waits_q <= live && pending_q && !start_taken && !soft_reset;
    size_q  <= {width_o, height_o};
  end
  // What whole writes have set, and what they have cleared last.
  logic                                 fresh_q, whole, starts_q;
  logic [                         31:0] wanted_width_q, wanted_height_q;
  logic                                 wanted_packets_q;
  logic [sapm_registers::ErrorBits-1:0] stood_q, cleared_q;
  assign whole = s_axil_awvalid && s_axil_awready && s_axil_wvalid && s_axil_wstrb == 4'hF;
  always_ff @(posedge clk_i) begin
    fresh_q   <= !rst_ni;
    starts_q  <= start && size_fits && !pending_q;
    stood_q   <= error_q;
    cleared_q <= (whole && s_axil_awaddr == sapm_registers::Errors) ? s_axil_wdata[sapm_registers::ErrorBits-1:0] : '0;
    if (!live) {wanted_width_q, wanted_height_q, wanted_packets_q} <= '0;
    else if (whole && s_axil_awaddr == sapm_registers::Width) wanted_width_q <= s_axil_wdata;
    else if (whole && s_axil_awaddr == sapm_registers::Height) wanted_height_q <= s_axil_wdata;
    else if (whole && s_axil_awaddr == sapm_registers::Framing) begin
      wanted_packets_q <= s_axil_wdata[sapm_registers::FramingPackets];
    end
  end
  always_comb if (live) begin
    assert ({width_q, height_q, packets_q} == {wanted_width_q, wanted_height_q, wanted_packets_q});
    if (fresh_q) assert (error_q == '0 && !pending_q && !flush_o && flow_rst_no && !s_axil_bvalid && !s_axil_rvalid);
    else assert ((stood_q & ~error_q & ~cleared_q) == '0);
    if (!fresh_q && !starts_q) assert ({width_o, height_o} == size_q);
    assert (writes_q == 2'(s_axil_bvalid) && reads_q == 2'(s_axil_rvalid));
    assert (s_axil_awready == s_axil_wready && (!s_axil_awready || (s_axil_awvalid && s_axil_wvalid)));
    if (waits_q) assert (pending_q && {width_o, height_o} == size_q);
    if (pending_q) assert (32'(width_o) <= MaxWidth && width_o != '0 && 32'(height_o) <= MaxHeight && height_o != '0);
    if (resetting_q != '0) assert (!flow_rst_no && !start_valid_o);
  end
