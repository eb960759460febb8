// Property: an offer stands until it is taken; lanes leave in order, none lost or twice
// Proof: induction, ElementWidth=1 InLanes=1 OutLanes=1
// Proof: bound 16, ElementWidth=1 InLanes=1 OutLanes=2
// Proof: bound 16, ElementWidth=1 InLanes=4 OutLanes=2
// Proof: bound 16, ElementWidth=1 InLanes=2 OutLanes=3

  localparam int unsigned Most = 2 * WideLanes + InLanes;
  logic                     live;
  logic [7:0]               held;
  logic [Most*ElementWidth-1:0] lanes;
  proof_reset u_reset (.clk_i, .rst_ni, .live_o(live));
  proof_held #(.Width(InWidth + 2), .Assumed(1)) u_in (
    .clk_i, .live_i(live), .valid_i(in_valid_i), .ready_i(in_ready_o), .beat_i({in_eof_i, in_eol_i, in_data_i})
  );
  proof_held #(.Width(OutWidth + 2)) u_out (
    .clk_i, .live_i(live), .valid_i(out_valid_o), .ready_i(out_ready_i), .beat_i({out_eof_o, out_eol_o, out_data_o})
  );
  if (InLanes != OutLanes) begin : gen_proof
    proof_queue #(.Width(ElementWidth), .Capacity(Most), .Push(InLanes), .Pop(OutLanes)) u_queue (
      .clk_i, .live_i(live), .push_i(in_valid_i && in_ready_o), .entering_i(in_data_i),
      .valid_i(out_valid_o), .ready_i(out_ready_i), .offered_i(out_data_o), .count_o(held), .held_o(lanes)
    );
  end else begin : gen_proof_same
    always_comb assert (out_valid_o == in_valid_i && in_ready_o == out_ready_i && out_data_o == in_data_i);
  end
