// The protocol of every stream, for simulation: an offer stands, unchanged, until it is taken. Before the first reset nothing
// is asked: no register means anything yet.

`ifndef SYNTHESIS

module stream_protocol #(
  parameter int unsigned Width = 1  // Data and marks.
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] beat_i
);

  logic             reset_q;  // There has been one.
  logic             offered_q;
  logic [Width-1:0] offer_q;

  initial reset_q = 1'b0;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      reset_q <= 1'b1;
    end
    offered_q <= rst_ni && valid_i && !ready_i;
    offer_q   <= beat_i;
    if (rst_ni && reset_q && offered_q) begin
      assert (valid_i)
      else $error("an offer was withdrawn");
      assert (beat_i == offer_q)
      else $error("an offer changed before it was taken");
    end
  end

endmodule

`endif
