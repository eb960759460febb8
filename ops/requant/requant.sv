// Requant: rounds by an arithmetic right shift (or shifts left), then saturates to the output's format.

module requant #(
  parameter int unsigned InWidth   = 20,
  parameter bit          InSigned  = 1,
  parameter int unsigned InLanes   = 1,
  parameter int unsigned OutWidth  = 8,
  parameter bit          OutSigned = 1,
  parameter int unsigned OutLanes  = 1,
  parameter int          Shift     = 7    // To the right; negative: to the left.
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

  localparam int unsigned RightShift = (Shift > 0) ? unsigned'(Shift) : 0;
  localparam int unsigned LeftShift = (Shift < 0) ? unsigned'(-Shift) : 0;
  localparam int unsigned Widest = (InWidth + LeftShift > OutWidth) ? InWidth + LeftShift : OutWidth;
  localparam int unsigned WideWidth = Widest + 2;  // Room for a sign and for the carry of the rounding.

  typedef logic signed [WideWidth-1:0] wide_t;
  localparam wide_t One = 1;
  localparam wide_t Half = (RightShift > 0) ? One << (RightShift - 1) : '0;
  localparam wide_t Highest = (One << (OutSigned ? OutWidth - 1 : OutWidth)) - One;
  localparam wide_t Lowest = OutSigned ? -Highest - One : '0;

  stream_pipeline #(
    .Depth(2)
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
    logic [InWidth-1:0] element;
    wide_t x, rounded_q;
    assign element = in_data_i[i*InWidth+:InWidth];
    assign x       = InSigned ? WideWidth'($signed(element)) : WideWidth'(element);
    always_ff @(posedge clk_i) begin
      if (in_ready_o) begin
        rounded_q <= ((x <<< LeftShift) + Half) >>> RightShift;
        if (rounded_q > Highest) out_data_o[i*OutWidth+:OutWidth] <= OutWidth'(Highest);
        else if (rounded_q < Lowest) out_data_o[i*OutWidth+:OutWidth] <= OutWidth'(Lowest);
        else out_data_o[i*OutWidth+:OutWidth] <= OutWidth'(rounded_q);
      end
    end
  end

endmodule
