// Two registers on a stream, so that valid, data and ready all come from flip-flops; a beat passes every cycle.
//
// The spare one takes the beat that is on its way when the taker stops.

module stream_slice #(
  parameter int unsigned Width = 8  // Bits of a beat, all lanes together.
) (
  input  logic             clk_i,
  input  logic             rst_ni,
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

  logic valid_q, ready_q;  // Not ready: the spare register holds a beat, and so does the other.
  logic [Width+1:0] beat_q, spare_q;
  logic advance;

  assign advance                            = out_ready_i || !valid_q;
  assign in_ready_o                         = ready_q;
  assign out_valid_o                        = valid_q;
  assign {out_eof_o, out_eol_o, out_data_o} = beat_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {valid_q, ready_q} <= 2'b01;
    else if (advance) {valid_q, ready_q} <= {in_valid_i || !ready_q, 1'b1};
    else ready_q <= ready_q && !in_valid_i;
    if (ready_q) spare_q <= {in_eof_i, in_eol_i, in_data_i};
    if (advance) beat_q <= ready_q ? {in_eof_i, in_eol_i, in_data_i} : spare_q;
  end

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(Width + 2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(in_valid_i),
    .ready_i(in_ready_o),
    .beat_i ({in_eof_i, in_eol_i, in_data_i})
  );
`endif

endmodule
