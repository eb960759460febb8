// A serial line with hardware flow control as two streams of bytes.
//
// The other side is asked to pause while the buffer has less room than `Reserve`: what it sends until it obeys fits there.

module serial_port #(
  parameter int unsigned BitCycles = 80,
  parameter int unsigned Depth     = 2048,  // Bytes.
  parameter int unsigned Reserve   = 512
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,
  output logic       tx_o,
  output logic       rts_no,            // Low: the other side may send.
  input  logic       cts_ni,            // Low: this side may send.
  output logic       error_o,           // Sticky: a stop bit was missing, or a byte found no room.
  output logic       break_o,
  output logic       received_valid_o,
  input  logic       received_ready_i,
  output logic [7:0] received_o,
  input  logic       send_valid_i,
  output logic       send_ready_o,
  input  logic [7:0] send_i
);

  localparam int unsigned LevelBits = $clog2(Depth + 4);

  logic valid, ready, error, queued_valid, queued_ready;
  logic [          7:0] queued;
  logic [          7:0] data;
  logic [LevelBits-1:0] level_q;
  logic [          1:0] clear_q;
  logic [1:0] unmarked, unused;

  uart_receiver #(
    .BitCycles(BitCycles)
  ) u_receiver (
    .clk_i,
    .rst_ni,
    .rx_i,
    .valid_o(valid),
    .data_o (data),
    .error_o(error),
    .break_o
  );

  stream_fifo #(
    .Width(8),
    .Depth(Depth)
  ) u_fifo (
    .clk_i,
    .rst_ni,
    .in_valid_i(valid),
    .in_ready_o(ready),
    .in_data_i(data),
    .in_eol_i(1'b0),
    .in_eof_i(1'b0),
    .out_valid_o(queued_valid),
    .out_ready_i(queued_ready),
    .out_data_o(queued),
    .out_eol_o(unmarked[0]),
    .out_eof_o(unmarked[1])
  );

  // A block memory is slow, and what a byte means takes time.
  stream_slice #(
    .Width(8)
  ) u_slice (
    .clk_i,
    .rst_ni,
    .in_valid_i(queued_valid),
    .in_ready_o(queued_ready),
    .in_data_i(queued),
    .in_eol_i(unmarked[0]),
    .in_eof_i(unmarked[1]),
    .out_valid_o(received_valid_o),
    .out_ready_i(received_ready_i),
    .out_data_o(received_o),
    .out_eol_o(unused[0]),
    .out_eof_o(unused[1])
  );

  uart_transmitter #(
    .BitCycles(BitCycles)
  ) u_transmitter (
    .clk_i,
    .rst_ni,
    .valid_i(send_valid_i),
    .ready_o(send_ready_o),
    .data_i(send_i),
    .allowed_i(clear_q[1]),
    .tx_o
  );

  always_ff @(posedge clk_i) begin
    clear_q <= {clear_q[0], !cts_ni};
    if (!rst_ni) begin
      level_q <= '0;
      rts_no  <= 1'b1;
      error_o <= 1'b0;
    end else begin
      level_q <= level_q + LevelBits'(valid && ready) - LevelBits'(received_valid_o && received_ready_i);
      rts_no  <= level_q >= LevelBits'(Depth - Reserve);
      if (error || (valid && !ready)) error_o <= 1'b1;
    end
  end

endmodule
