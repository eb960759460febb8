// FIFO of a stream: Depth beats in an inferred memory with synchronous read, one more in the output register.

module stream_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_eol_i,
  input  logic             in_eof_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o,
  output logic             out_eol_o,
  output logic             out_eof_o
);

  localparam int unsigned PointerWidth = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountWidth = $clog2(Depth + 1);
  localparam logic [PointerWidth-1:0] LastPointer = PointerWidth'(Depth - 1);

  (* no_rw_check *) logic [Width+1:0] memory[Depth];  // No word is written and read in the same cycle.

  logic [PointerWidth-1:0] write_q;
  logic [PointerWidth-1:0] read_q;
  logic [CountWidth-1:0] count_q;
  logic ready_q;  // Not full. This and `some_q` are registers of their own, since others wait for them.
  logic some_q;  // Not empty.
  logic valid_q;
  logic [Width+1:0] word_q;
  logic push;
  logic pop;

  assign in_ready_o = ready_q;
  assign push       = in_valid_i && ready_q;
  assign pop        = some_q && (!valid_q || out_ready_i);

  always_ff @(posedge clk_i) begin
    if (push) begin
      memory[write_q] <= {in_eof_i, in_eol_i, in_data_i};
    end
    if (pop) begin
      word_q <= memory[read_q];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
      ready_q <= 1'b1;
      some_q  <= 1'b0;
      valid_q <= 1'b0;
    end else begin
      if (push) begin
        write_q <= (write_q == LastPointer) ? '0 : write_q + 1'b1;
      end
      if (pop) begin
        read_q  <= (read_q == LastPointer) ? '0 : read_q + 1'b1;
        valid_q <= 1'b1;
      end else if (out_ready_i) begin
        valid_q <= 1'b0;
      end
      if (push && !pop) begin
        count_q <= count_q + 1'b1;
        ready_q <= count_q != CountWidth'(Depth - 1);
        some_q  <= 1'b1;
      end else if (pop && !push) begin
        count_q <= count_q - 1'b1;
        ready_q <= 1'b1;
        some_q  <= count_q != CountWidth'(1);
      end
    end
  end

  assign out_valid_o                        = valid_q;
  assign {out_eof_o, out_eol_o, out_data_o} = word_q;

endmodule
