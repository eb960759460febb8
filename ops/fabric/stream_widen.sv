// Gathers Ratio beats of a stream into one; the first beat becomes the lowest lanes. Ratio is at least 2.
//
// Marks are those of the last beat gathered: a pixel is a whole number of wide beats, so no earlier one can carry them.

module stream_widen #(
  parameter int unsigned InWidth = 8,
  parameter int unsigned Ratio = 2,
  localparam int unsigned OutWidth = InWidth * Ratio
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InWidth-1:0] in_data_i,
  input  logic               in_eol_i,
  input  logic               in_eof_i,

  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [OutWidth-1:0] out_data_o,
  output logic                out_eol_o,
  output logic                out_eof_o
);

  localparam int unsigned CountWidth = $clog2(Ratio);
  localparam logic [CountWidth-1:0] LastCount = CountWidth'(Ratio - 1);

  logic [CountWidth-1:0] count_q;
  logic [  OutWidth-1:0] data_q;
  logic                  valid_q;
  logic                  eol_q;
  logic                  eof_q;
  logic                  take;

  assign in_ready_o = !valid_q || out_ready_i;
  assign take       = in_valid_i && in_ready_o;

  always_ff @(posedge clk_i) begin
    if (take) begin
      data_q <= {in_data_i, data_q[OutWidth-1:InWidth]};
      eol_q  <= in_eol_i;
      eof_q  <= in_eof_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      valid_q <= 1'b0;
    end else begin
      if (take) begin
        count_q <= (count_q == LastCount) ? '0 : count_q + 1'b1;
        valid_q <= count_q == LastCount;
      end else if (out_ready_i) begin
        valid_q <= 1'b0;
      end
    end
  end

  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;
  assign out_eol_o   = eol_q;
  assign out_eof_o   = eof_q;

endmodule
