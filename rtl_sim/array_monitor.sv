// Simulation only: how busy the arrays behind a window buffer are. Bound to every convolution_source.
//
// The file <path of the instance>.busy has a line for every Period cycles since the reset: the words that left for the arrays.

module array_monitor #(
  parameter int unsigned Period = 256
) (
  input logic clk_i,
  input logic rst_ni,
  input logic valid_i
);

  localparam int unsigned CountBits = $clog2(Period + 1);

  integer                 file;
  logic   [CountBits-1:0] cycle_q;
  logic   [CountBits-1:0] words_q;

  initial file = $fopen($sformatf("%m.busy"), "w");

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cycle_q <= '0;
      words_q <= '0;
    end else if (cycle_q == CountBits'(Period - 1)) begin
      $fwrite(file, "%0d\n", words_q + CountBits'(valid_i));
      cycle_q <= '0;
      words_q <= '0;
    end else begin
      cycle_q <= cycle_q + 1'b1;
      words_q <= words_q + CountBits'(valid_i);
    end
  end

  final $fclose(file);

endmodule

bind convolution_source array_monitor u_monitor (
  .clk_i,
  .rst_ni,
  .valid_i(valid_o)
);
