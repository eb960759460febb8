// Drops what an AXI4-Stream port still brings of a frame that was abandoned by a reset of the data flow.
//
// Where frames begin with tuser, all beats before the next one are dropped. Where a frame is one packet, the rest of the
// packet that was being taken is dropped, through tlast. Both are followed whichever way the next frame is marked, so
// that a change between them finds what it needs. While flush_i is high everything is dropped.

module axis_discard (
  input logic clk_i,
  input logic rst_ni,
  input logic flow_rst_ni,
  input logic flush_i,
  input logic marked_i,  // Frames begin with tuser; otherwise a frame is one packet.

  input logic valid_i,
  input logic ready_i,
  input logic user_i,
  input logic last_i,

  output logic discard_o,    // The offered beat is to be taken and dropped.
  output logic discarding_o
);

  logic rest_q;  // No frame has begun since the reset: beats without tuser are of the abandoned one.
  logic cut_q;  // The packet that the reset cut off has not ended.
  logic open_q;  // The latest beat was not the last of its packet.
  logic passes;
  logic begins;

  assign passes       = valid_i && ready_i;
  assign begins       = passes && !discard_o;  // A beat of a new frame.
  assign discard_o    = flush_i || (marked_i ? rest_q && !user_i : cut_q);
  assign discarding_o = flush_i || (marked_i ? rest_q && !(valid_i && user_i) : cut_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      open_q <= 1'b0;
    end else if (passes) begin
      open_q <= !last_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rest_q <= 1'b0;
    end else begin
      rest_q <= !flow_rst_ni || (rest_q && !begins);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      cut_q <= 1'b0;
    end else if (!flow_rst_ni) begin
      cut_q <= passes ? !last_i : open_q;
    end else if (begins || (passes && last_i)) begin
      cut_q <= 1'b0;
    end
  end

endmodule
