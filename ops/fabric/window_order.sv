// Results of interleaved windows, group of output channels by group, back in the order of their pixels.
//
// Two sets of windows in turn: one is filled, window by window within a group, while the other is read, group by group
// within a window. The last set of a row may have fewer windows.

module window_order #(
  parameter int unsigned Width      = 8,  // Bits of a result.
  parameter int unsigned Interleave = 2,  // Windows of a set.
  parameter int unsigned Groups     = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_closes_i,  // The last window of its set.
  input  logic             in_eol_i,     // With the last result of a set only.
  input  logic             in_eof_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o,
  output logic             out_eol_o,
  output logic             out_eof_o
);

  localparam int unsigned PhaseBits = $clog2(Interleave);
  localparam int unsigned GroupBits = (Groups > 1) ? $clog2(Groups) : 1;

  logic [Width-1:0] memory                        [2 << (PhaseBits + GroupBits)];
  logic [      1:0] full_q;  // Whole sets stored.
  logic [1:0] eol_q, eof_q;  // Marks of the set in each half.
  logic [PhaseBits-1:0] last_phase_q[2];  // The last window of the set in each half.
  logic write_half_q, read_half_q;
  logic [PhaseBits-1:0] write_phase_q, read_phase_q;
  logic [GroupBits-1:0] write_group_q, read_group_q;

  logic write, written, issue, group_last, released, advance;
  assign in_ready_o = full_q != 2'd2;
  assign write      = in_valid_i && in_ready_o;
  assign written    = write && in_closes_i && (write_group_q == GroupBits'(Groups - 1));
  assign advance    = out_ready_i || !out_valid_o;
  assign issue      = advance && (full_q != 2'd0);
  assign group_last = read_group_q == GroupBits'(Groups - 1);
  assign released   = issue && group_last && (read_phase_q == last_phase_q[read_half_q]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q <= '0;
      {write_half_q, write_phase_q, write_group_q} <= '0;
      {read_half_q, read_phase_q, read_group_q} <= '0;
    end else begin
      full_q <= full_q + 2'(written) - 2'(released);
      if (write) write_phase_q <= in_closes_i ? '0 : write_phase_q + 1'b1;
      if (write && in_closes_i) write_group_q <= written ? '0 : write_group_q + 1'b1;
      if (written) write_half_q <= !write_half_q;
      if (issue) read_group_q <= group_last ? '0 : read_group_q + 1'b1;
      if (issue && group_last) read_phase_q <= released ? '0 : read_phase_q + 1'b1;
      if (released) read_half_q <= !read_half_q;
    end
    if (write) memory[{write_half_q, write_phase_q, write_group_q}] <= in_data_i;
    if (written) begin
      eol_q[write_half_q]        <= in_eol_i;
      eof_q[write_half_q]        <= in_eof_i;
      last_phase_q[write_half_q] <= write_phase_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) out_valid_o <= 1'b0;
    else if (advance) out_valid_o <= issue;
    if (advance) begin
      out_data_o <= memory[{read_half_q, read_phase_q, read_group_q}];
      out_eol_o  <= released && eol_q[read_half_q];
      out_eof_o  <= released && eof_q[read_half_q];
    end
  end

endmodule
