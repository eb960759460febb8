// Follows the frames through a transform: how many are on their way, how many have left, how long the last one took.

module frame_monitor (
  input logic clk_i,
  input logic rst_ni,
  input logic flow_rst_ni, // Low: every frame on its way is abandoned; what was counted stays.

  input logic start_i,
  input logic begin_i,
  input logic end_i,

  output logic        room_o,         // For one more frame.
  output logic        empty_o,
  output logic        done_o,         // A frame has left since the last reset.
  output logic [31:0] cycle_o,
  output logic [31:0] frames_o,
  output logic [31:0] frame_cycles_o
);

  logic [31:0] begin_q[4];  // When each frame on its way began: at most four are.
  logic [1:0] begin_write_q;
  logic [1:0] begin_read_q;
  logic [2:0] in_flight_q;

  assign room_o  = in_flight_q < 3'd4;
  assign empty_o = in_flight_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cycle_o        <= '0;
      frames_o       <= '0;
      frame_cycles_o <= '0;
    end else begin
      cycle_o <= cycle_o + 1'b1;
      if (end_i) begin
        frames_o       <= frames_o + 1'b1;
        frame_cycles_o <= cycle_o - begin_q[begin_read_q];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!flow_rst_ni) begin
      begin_write_q <= '0;
      begin_read_q  <= '0;
      in_flight_q   <= '0;
      done_o        <= 1'b0;
    end else begin
      in_flight_q <= in_flight_q + 3'(start_i) - 3'(end_i);
      if (begin_i) begin
        begin_write_q <= begin_write_q + 1'b1;
      end
      if (end_i) begin
        begin_read_q <= begin_read_q + 1'b1;
        done_o       <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (begin_i) begin
      begin_q[begin_write_q] <= cycle_o;
    end
  end

endmodule
