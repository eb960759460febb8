// One register on a stream: breaks the paths of valid and data; ready passes through combinationally.

module stream_register #(
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

  logic             valid_q;
  logic [Width+1:0] beat_q;

  assign in_ready_o = out_ready_i || !valid_q;
  assign out_valid_o = valid_q;
  assign {out_eof_o, out_eol_o, out_data_o} = beat_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (in_ready_o) valid_q <= in_valid_i;
    if (in_ready_o) beat_q <= {in_eof_i, in_eol_i, in_data_i};
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
