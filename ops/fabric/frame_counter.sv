// Counts the beats of one frame at a time: which is the first, which ends a line, which ends the frame.
//
// The size is latched when a start is taken; starts are taken between frames only.

module frame_counter #(
  parameter int unsigned BeatsPerPixel = 1,
  parameter int unsigned SizeWidth     = 16
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic                 start_valid_i,
  output logic                 start_ready_o,
  input  logic [SizeWidth-1:0] width_i,
  input  logic [SizeWidth-1:0] height_i,

  input  logic advance_i,
  output logic active_o,
  output logic first_o,
  output logic last_of_line_o,
  output logic last_o
);

  localparam int unsigned BeatWidth = (BeatsPerPixel > 1) ? $clog2(BeatsPerPixel) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(BeatsPerPixel - 1);

  logic                 active_q;
  logic                 first_q;
  logic [SizeWidth-1:0] width_q;
  logic [SizeWidth-1:0] columns_q;  // left in this line, this one included
  logic [SizeWidth-1:0] rows_q;  // left in this frame, this one included
  logic [BeatWidth-1:0] beat_q;
  logic                 last_of_pixel;

  assign last_of_pixel  = beat_q == LastBeat;
  assign start_ready_o  = !active_q;
  assign active_o       = active_q;
  assign first_o        = first_q;
  assign last_of_line_o = last_of_pixel && columns_q == SizeWidth'(1);
  assign last_o         = last_of_line_o && rows_q == SizeWidth'(1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else if (!active_q) begin
      active_q <= start_valid_i;
    end else if (advance_i && last_o) begin
      active_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!active_q) begin
      width_q   <= width_i;
      columns_q <= width_i;
      rows_q    <= height_i;
      beat_q    <= '0;
      first_q   <= 1'b1;
    end else if (advance_i) begin
      first_q <= 1'b0;
      beat_q  <= last_of_pixel ? '0 : beat_q + 1'b1;
      if (last_of_line_o) begin
        columns_q <= width_q;
        rows_q    <= rows_q - 1'b1;
      end else if (last_of_pixel) begin
        columns_q <= columns_q - 1'b1;
      end
    end
  end

endmodule
