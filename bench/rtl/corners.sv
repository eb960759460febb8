// Cover points of the corners of handshakes, bound to modules of the library, for bench/rtl_coverage.py.

// Of every stream that has a checker: whoever gives or takes it waits, or neither does; a frame follows the one before at once.
module stream_corners #(
  parameter int unsigned Width = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] beat_i
);
  logic ended_q;
  always_ff @(posedge clk_i) ended_q <= rst_ni && valid_i && ready_i && beat_i[Width-1];

  stalled :
  cover property (@(posedge clk_i) rst_ni && valid_i && !ready_i);
  starved :
  cover property (@(posedge clk_i) rst_ni && !valid_i && ready_i);
  passing :
  cover property (@(posedge clk_i) rst_ni && valid_i && ready_i);
  frame_change :
  cover property (@(posedge clk_i) rst_ni && ended_q && valid_i && ready_i);
endmodule

bind stream_protocol stream_corners #(
  .Width(Width)
) u_corners (
  .clk_i,
  .rst_ni,
  .valid_i,
  .ready_i,
  .beat_i
);

// Of a FIFO: full while more is offered, full while it is taken from, empty while it is asked, filled and emptied at once.
module fifo_corners (
  input logic clk_i,
  input logic rst_ni,
  input logic in_valid_i,
  input logic ready_q,
  input logic valid_q,
  input logic out_ready_i,
  input logic push,
  input logic pop
);
  full_and_stalled :
  cover property (@(posedge clk_i) rst_ni && in_valid_i && !ready_q && valid_q && !out_ready_i);
  full_and_leaving :
  cover property (@(posedge clk_i) rst_ni && !ready_q && pop);
  empty_and_starved :
  cover property (@(posedge clk_i) rst_ni && !valid_q && !in_valid_i && out_ready_i);
  both :
  cover property (@(posedge clk_i) rst_ni && push && pop);
endmodule

bind stream_fifo fifo_corners u_corners (.*);

// Of the line buffer: the last row of a frame, with another frame behind it or not, and a set that is not full.
module line_corners (
  input logic clk_i,
  input logic rst_ni,
  input logic in_valid_i,
  input logic in_ready_o,
  input logic issue,
  input logic advance,
  input logic row_ready,
  input logic line_last,
  input logic row_follows,
  input logic is_void,
  input logic ended_q
);
  last_row :
  cover property (@(posedge clk_i) rst_ni && issue && line_last && !row_follows);
  last_row_stalled :
  cover property (@(posedge clk_i) rst_ni && row_ready && !advance && line_last && !row_follows);
  short_last_set :
  cover property (@(posedge clk_i) rst_ni && issue && is_void);
  frame_change :
  cover property (@(posedge clk_i) rst_ni && ended_q && in_valid_i && in_ready_o);
  full_and_stalled :
  cover property (@(posedge clk_i) rst_ni && in_valid_i && !in_ready_o && !advance);
  empty_and_starved :
  cover property (@(posedge clk_i) rst_ni && advance && !row_ready && !in_valid_i);
endmodule

bind window_line_buffer line_corners u_corners (.*);

// Of two halves that are filled and emptied in turn, of pixels, sets of windows or rows.
module half_corners (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       in_valid_i,
  input logic       in_ready_o,
  input logic [1:0] full_q,
  input logic       advance
);
  full_and_stalled :
  cover property (@(posedge clk_i) rst_ni && in_valid_i && !in_ready_o && full_q == 2'd2 && !advance);
  empty_and_starved :
  cover property (@(posedge clk_i) rst_ni && !in_valid_i && full_q == 2'd0 && advance);
  both :
  cover property (@(posedge clk_i) rst_ni && in_valid_i && in_ready_o && full_q == 2'd1 && advance);
endmodule

bind window_order half_corners u_corners (.*);
bind window_pixel_buffer half_corners u_corners (.*);
bind depth_to_space half_corners u_corners (.*);
