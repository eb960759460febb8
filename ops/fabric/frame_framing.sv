// Hands each frame its framing where it leaves: what was chosen when it was started, whatever is chosen meanwhile.

module frame_framing (
  input logic clk_i,
  input logic rst_ni,

  input  logic start_i,    // A frame is taken, with this framing.
  input  logic packets_i,
  input  logic end_i,      // The last beat of a frame passes.
  output logic packets_o   // Framing of the frame that passes.
);

  logic [3:0] packets_q;  // Of the frames on their way: at most four are.
  logic [1:0] write_q;
  logic [1:0] read_q;

  assign packets_o = packets_q[read_q];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
    end else begin
      if (start_i) begin
        write_q <= write_q + 1'b1;
      end
      if (end_i) begin
        read_q <= read_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      packets_q[write_q] <= packets_i;
    end
  end

endmodule
