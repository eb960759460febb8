// Splits each beat of a stream into Ratio beats, the lowest lanes first. Ratio is at least 2.
//
// Marks go with the last of them.

module stream_narrow #(
  parameter int unsigned OutWidth = 8,
  parameter int unsigned Ratio    = 2,
  localparam int unsigned InWidth = OutWidth * Ratio
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

  // Every bit of the data sees no more than its two sources and one register that chooses between them: what the choice
  // depends on would else be repeated for each bit by tools that map for speed.
  logic [CountWidth-1:0] count_q;
  logic [   InWidth-1:0] data_q;
  logic                  valid_q;
  logic                  load_q;  // Nothing is held but, perhaps, the last beat.
  logic                  eol_q;
  logic                  eof_q;
  logic                  advance;

  assign advance    = !valid_q || out_ready_i;
  assign in_ready_o = load_q && advance;

  always_ff @(posedge clk_i) begin
    if (advance) data_q <= load_q ? in_data_i : {{OutWidth{1'b0}}, data_q[InWidth-1:OutWidth]};
    if (in_ready_o) {eol_q, eof_q} <= {in_eol_i, in_eof_i};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      valid_q <= 1'b0;
      load_q  <= 1'b1;
    end else if (advance) begin
      count_q <= load_q ? '0 : count_q + 1'b1;
      if (load_q) valid_q <= in_valid_i;
      load_q <= load_q ? !in_valid_i : count_q == CountWidth'(Ratio - 2);
    end
  end

  assign out_valid_o = valid_q;
  assign out_data_o  = data_q[OutWidth-1:0];
  assign out_eol_o   = eol_q && load_q;
  assign out_eof_o   = eof_q && load_q;

endmodule
