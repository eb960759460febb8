// Changes the number of lanes of a stream, both of which divide the channels of a pixel.
//
// Where neither divides the other, beats are gathered to their least common multiple of lanes, which divides the
// channels too, and split again.

module stream_width_converter #(
  parameter  int unsigned ElementWidth = 8,
  parameter  int unsigned InLanes      = 1,
  parameter  int unsigned OutLanes     = 1,
  localparam int unsigned InWidth      = ElementWidth * InLanes,
  localparam int unsigned OutWidth     = ElementWidth * OutLanes
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

  function automatic integer common_lanes(input integer a, input integer b);
    common_lanes = a;
    while (common_lanes % b != 0) begin
      common_lanes = common_lanes + a;
    end
  endfunction

  localparam int unsigned WideLanes = common_lanes(InLanes, OutLanes);
  localparam int unsigned WideWidth = ElementWidth * WideLanes;
  localparam int unsigned WidenRatio = WideLanes / InLanes;
  localparam int unsigned NarrowRatio = WideLanes / OutLanes;

  logic                 wide_valid;
  logic                 wide_ready;
  logic [WideWidth-1:0] wide_data;
  logic                 wide_eol;
  logic                 wide_eof;

  if (WidenRatio > 1) begin : gen_widen
    stream_widen #(
      .InWidth(InWidth),
      .Ratio  (WidenRatio)
    ) u_widen (
      .clk_i,
      .rst_ni,
      .in_valid_i,
      .in_ready_o,
      .in_data_i,
      .in_eol_i,
      .in_eof_i,
      .out_valid_o(wide_valid),
      .out_ready_i(wide_ready),
      .out_data_o (wide_data),
      .out_eol_o  (wide_eol),
      .out_eof_o  (wide_eof)
    );
  end else begin : gen_same_input
    assign wide_valid = in_valid_i;
    assign in_ready_o = wide_ready;
    assign wide_data  = in_data_i;
    assign wide_eol   = in_eol_i;
    assign wide_eof   = in_eof_i;
  end

  if (NarrowRatio > 1) begin : gen_narrow
    stream_narrow #(
      .OutWidth(OutWidth),
      .Ratio   (NarrowRatio)
    ) u_narrow (
      .clk_i,
      .rst_ni,
      .in_valid_i(wide_valid),
      .in_ready_o(wide_ready),
      .in_data_i (wide_data),
      .in_eol_i  (wide_eol),
      .in_eof_i  (wide_eof),
      .out_valid_o,
      .out_ready_i,
      .out_data_o,
      .out_eol_o,
      .out_eof_o
    );
  end else begin : gen_same_output
    assign out_valid_o = wide_valid;
    assign wide_ready  = out_ready_i;
    assign out_data_o  = wide_data;
    assign out_eol_o   = wide_eol;
    assign out_eof_o   = wide_eof;
  end

endmodule
