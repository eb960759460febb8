// Receiver of a serial line, 8N1, least significant bit first: a byte leaves in the middle of its stop bit.

module uart_receiver #(
  parameter int unsigned BitCycles = 80  // Cycles of a bit, at least 4.
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,     // Of any phase; idle is high.
  output logic       valid_o,  // For one cycle; nobody can refuse.
  output logic [7:0] data_o,
  output logic       error_o,  // For one cycle: a stop bit is missing.
  output logic       break_o   // For one cycle, with error_o: the line was low for a whole byte.
);

  localparam int unsigned CountBits = $clog2(BitCycles);
  typedef logic [CountBits-1:0] count_t;

  logic   [2:0] line_q;  // Two registers against metastability, one to see an edge.
  logic         active_q;
  count_t       count_q;
  logic   [3:0] bit_q;
  logic sample, stop, start;

  assign start  = !active_q && line_q[2] && !line_q[1];
  assign sample = active_q && (count_q == '0);
  assign stop   = sample && (bit_q == 4'd9);

  always_ff @(posedge clk_i) begin
    line_q <= {line_q[1:0], rx_i};
    if (!rst_ni) begin
      line_q   <= '1;
      active_q <= 1'b0;
      valid_o  <= 1'b0;
      error_o  <= 1'b0;
      break_o  <= 1'b0;
    end else begin
      if (start) active_q <= 1'b1;
      // What looked like a start bit was a glitch.
      else if (stop || (sample && bit_q == '0 && line_q[1])) active_q <= 1'b0;
      valid_o <= stop && line_q[1];
      error_o <= stop && !line_q[1];
      break_o <= stop && !line_q[1] && (data_o == '0);
    end
    if (start) begin
      count_q <= CountBits'(BitCycles / 2 - 1);
      bit_q   <= '0;
    end else if (sample) begin
      count_q <= CountBits'(BitCycles - 1);
      bit_q   <= bit_q + 1'b1;
    end else begin
      count_q <= count_q - 1'b1;
    end
    if (sample && !stop) data_o <= {line_q[1], data_o[7:1]};
  end

endmodule
