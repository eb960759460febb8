// Splits each beat of a stream into Ratio beats, the lowest lanes first. Ratio is at least 2.
//
// Marks go with the last of them.

module stream_narrow #(
  parameter int unsigned OutWidth = 8,
  parameter int unsigned Ratio    = 2,
  localparam int unsigned InWidth = OutWidth * Ratio
) (
  input  logic clk_i,
  input  logic rst_ni,

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
  logic [InWidth-1:0]    data_q;
  logic                  valid_q;
  logic                  eol_q;
  logic                  eof_q;
  logic                  last;
  logic                  take;

  assign last       = count_q == LastCount;
  assign in_ready_o = !valid_q || (last && out_ready_i);
  assign take       = in_valid_i && in_ready_o;

  always_ff @(posedge clk_i) begin
    if (take) begin
      data_q <= in_data_i;
      eol_q  <= in_eol_i;
      eof_q  <= in_eof_i;
    end else if (valid_q && out_ready_i) begin
      data_q <= {{OutWidth{1'b0}}, data_q[InWidth-1:OutWidth]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      valid_q <= 1'b0;
    end else begin
      if (valid_q && out_ready_i) begin
        count_q <= last ? '0 : count_q + 1'b1;
      end
      if (in_ready_o) begin
        valid_q <= in_valid_i;
      end
    end
  end

  assign out_valid_o = valid_q;
  assign out_data_o  = data_q[OutWidth-1:0];
  assign out_eol_o   = eol_q && last;
  assign out_eof_o   = eof_q && last;

endmodule
