// Transmitter of a serial line, 8N1, least significant bit first.

module uart_transmitter #(
  parameter int unsigned BitCycles = 80  // Cycles of a bit.
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  input  logic       allowed_i,  // No byte begins without it.
  output logic       tx_o
);

  localparam int unsigned CountBits = $clog2(BitCycles);
  typedef logic [CountBits-1:0] count_t;

  logic   [8:0] bits_q;  // What is still to come; ones follow.
  logic   [3:0] left_q;
  count_t       count_q;

  assign ready_o = (left_q == '0) && allowed_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q <= '0;
      tx_o   <= 1'b1;
    end else if (valid_i && ready_o) begin
      {bits_q, tx_o} <= {1'b1, data_i, 1'b0};
      left_q <= 4'd10;
      count_q <= CountBits'(BitCycles - 1);
    end else if (left_q != '0) begin
      if (count_q == '0) begin
        {bits_q, tx_o} <= {1'b1, bits_q};
        left_q <= left_q - 1'b1;
        count_q <= CountBits'(BitCycles - 1);
      end else begin
        count_q <= count_q - 1'b1;
      end
    end
  end

endmodule
