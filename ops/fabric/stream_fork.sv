// Handshake of a fork: one stream to several consumers, each of which takes every beat at its own time.
//
// Data and marks fan out beside this module; they hold until the last consumer has taken the beat.

module stream_fork #(
  parameter int unsigned Outputs = 2
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic in_valid_i,
  output logic in_ready_o,

  output logic [Outputs-1:0] out_valid_o,
  input  logic [Outputs-1:0] out_ready_i
);

  logic [Outputs-1:0] taken_q;
  logic [Outputs-1:0] taken_d;

  assign out_valid_o = {Outputs{in_valid_i}} & ~taken_q;
  assign in_ready_o  = &(taken_q | out_ready_i);
  assign taken_d     = in_ready_o ? '0 : (taken_q | out_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q <= '0;
    end else if (in_valid_i) begin
      taken_q <= taken_d;
    end
  end

endmodule
