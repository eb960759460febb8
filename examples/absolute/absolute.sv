// Absolute: the magnitude of every element.

module absolute #(
  parameter int unsigned InWidth  = 8,
  parameter bit          InSigned = 1,
  parameter int unsigned InLanes  = 1,
  parameter int unsigned OutWidth = 8,
  parameter int unsigned OutLanes = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  input  logic [  InLanes*InWidth-1:0] in_data_i,
  input  logic                         in_eol_i,
  input  logic                         in_eof_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [OutLanes*OutWidth-1:0] out_data_o,
  output logic                         out_eol_o,
  output logic                         out_eof_o
);

  stream_pipeline #(
    .Depth(1)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_eol_i,
    .in_eof_i,
    .out_valid_o,
    .out_ready_i,
    .out_eol_o,
    .out_eof_o
  );

  for (genvar i = 0; i < OutLanes; i++) begin : gen_lane
    logic        [InWidth-1:0] element;
    logic signed [  InWidth:0] x;
    assign element = in_data_i[i*InWidth+:InWidth];
    assign x       = InSigned ? (InWidth + 1)'($signed(element)) : (InWidth + 1)'(element);
    always_ff @(posedge clk_i) begin
      if (in_ready_o) out_data_o[i*OutWidth+:OutWidth] <= OutWidth'((x < 0) ? -x : x);
    end
  end

endmodule
