// Control of a pipeline of Depth registers: valid bits and marks, and the enable that all its stages share.

module stream_pipeline #(
  parameter int unsigned Depth = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic in_valid_i,
  output logic in_ready_o,   // Also the enable of the data registers of every stage.
  input  logic in_eol_i,
  input  logic in_eof_i,
  output logic out_valid_o,
  input  logic out_ready_i,
  output logic out_eol_o,
  output logic out_eof_o
);

  logic [Depth-1:0] valid_q, eol_q, eof_q;

  assign in_ready_o  = out_ready_i || !valid_q[Depth-1];
  assign out_valid_o = valid_q[Depth-1];
  assign out_eol_o   = eol_q[Depth-1];
  assign out_eof_o   = eof_q[Depth-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (in_ready_o) valid_q <= Depth'({valid_q, in_valid_i});
    if (in_ready_o) begin
      eol_q <= Depth'({eol_q, in_eol_i});
      eof_q <= Depth'({eof_q, in_eof_i});
    end
  end

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(in_valid_i),
    .ready_i(in_ready_o),
    .beat_i ({in_eof_i, in_eol_i})
  );
`endif

endmodule
