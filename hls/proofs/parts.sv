// What proofs are made of: the first reset, the protocol of an offer, and the queue that every stream module should be.

module proof_reset (
  input  logic clk_i,
  input  logic rst_ni,
  output logic live_o   // There has been a reset, and there is none now.
);
  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb if (!started_q) assume (!rst_ni);
  assign live_o = started_q && rst_ni;
`ifdef PROOF_REACH
  logic [2:0] live_q = '0;
  always_ff @(posedge clk_i) if (live_o) live_q <= live_q + 1'b1;
  always_comb assert (live_q < 3'd4);
`endif
endmodule

// An offer stands, unchanged, until it is taken: asked of the module, or assumed of who feeds it.
module proof_held #(
  parameter int unsigned Width   = 1,
  parameter bit          Assumed = 0
) (
  input logic             clk_i,
  input logic             live_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] beat_i
);
  logic             waits_q = 1'b0;
  logic [Width-1:0] beat_q;
  always_ff @(posedge clk_i) begin
    waits_q <= live_i && valid_i && !ready_i;
    beat_q  <= beat_i;
  end
  if (Assumed) begin : gen_assumed
    always_comb if (waits_q && live_i) assume (valid_i && beat_i == beat_q);
  end else begin : gen_asked
    always_comb if (waits_q && live_i) assert (valid_i && beat_i == beat_q);
  end
endmodule

// What is on its way: elements that entered, Push at a time, and did not leave, Pop at a time. What is offered are the
// oldest of them, in order. Beats that pass within a cycle are of other modules.
module proof_queue #(
  parameter int unsigned Width    = 1,
  parameter int unsigned Capacity = 1,  // Elements; no more may enter.
  parameter int unsigned Push     = 1,
  parameter int unsigned Pop      = 1
) (
  input  logic                      clk_i,
  input  logic                      live_i,
  input  logic                      push_i,
  input  logic [    Push*Width-1:0] entering_i,
  input  logic                      valid_i,
  input  logic                      ready_i,
  input  logic [     Pop*Width-1:0] offered_i,
  output logic [               7:0] count_o,
  output logic [Capacity*Width-1:0] held_o       // The oldest in the low bits.
);
  localparam int unsigned Room = Capacity + Push;
  logic [7:0] count_q, left;
  logic [Capacity*Width-1:0] held_q;
  logic [    Room*Width-1:0] rest;
  logic                      pop;

  assign pop  = valid_i && ready_i;
  assign left = count_q - (pop ? 8'(Pop) : 8'd0);
  always_comb begin
    rest = pop ? (Room * Width)'(held_q >> (Pop * Width)) : (Room * Width)'(held_q);
    for (int unsigned i = 0; i <= Capacity; i++) begin
      if (push_i && left == 8'(i)) rest[i*Width+:Push*Width] = entering_i;
    end
  end
  always_ff @(posedge clk_i) begin
    count_q <= live_i ? left + (push_i ? 8'(Push) : 8'd0) : 8'd0;
    held_q  <= rest[Capacity*Width-1:0];
  end
  always_comb begin
    if (live_i) begin
      assert (count_q <= 8'(Capacity));
      if (valid_i) assert (count_q >= 8'(Pop) && offered_i == held_q[Pop*Width-1:0]);
      if (push_i) assert (left + 8'(Push) <= 8'(Capacity));
    end
  end
  assign count_o = count_q;
  assign held_o  = held_q;
endmodule

// What entered Depth enabled cycles ago.
module proof_delay #(
  parameter int unsigned Width = 1,
  parameter int unsigned Depth = 1
) (
  input  logic             clk_i,
  input  logic             enable_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o,
  output logic             known_o    // So many cycles have passed.
);
  logic [Depth*Width-1:0] past_q;
  logic [      Depth-1:0] known_q = '0;
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      past_q  <= (Depth * Width)'({past_q, data_i});
      known_q <= Depth'({known_q, 1'b1});
    end
  end
  assign data_o  = past_q[(Depth-1)*Width+:Width];
  assign known_o = known_q[Depth-1];
endmodule
