// Property: at most four frames are on their way; what is counted is what left; cycles are those of the frame that left
// Proof: induction

  logic         live;
  logic [7:0]   waiting, begun;
  logic [127:0] times;
  logic         begun_unused;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  always_comb begin
    assume (flow_rst_ni == rst_ni);
    if (start_i) assume (room_o);
    if (begin_i) assume (begun < 8'(in_flight_q));
    if (end_i) assume (begun != '0);
  end
  proof_queue #(.Width(32), .Capacity(4)) u_queue (
    .clk_i, .live_i(live), .push_i(begin_i), .entering_i(cycle_o), .valid_i(begun != '0), .ready_i(end_i),
    .offered_i(begin_q[begin_read_q]), .count_o(begun), .held_o(times)
  );
  logic        left_q = 1'b0;
  logic [31:0] took_q, frames_q;
  always_ff @(posedge clk_i) begin
    left_q   <= live && end_i;
    took_q   <= cycle_o - times[31:0];
    frames_q <= live ? frames_q + 32'(end_i) : '0;
  end
  always_comb if (live) begin
    assert (in_flight_q <= 3'd4 && begun <= 8'(in_flight_q));
    assert (begin_write_q == 2'(begin_read_q + begun[1:0]));
    for (int unsigned i = 0; i < 4; i++) begin
      if (begun > 8'(i)) assert (begin_q[2'(begin_read_q+2'(i))] == times[32*i+:32]);
    end
    if (left_q) assert (frame_cycles_o == took_q && done_o);
    assert (frames_o == frames_q && empty_o == (in_flight_q == '0));
  end
