// The weights of a convolution array: the words of a ROM in turn, each two cycles after the valid of its operands.

module weight_reader #(
  parameter int unsigned Width = 8,  // All weights that are used in one cycle.
  parameter int unsigned Depth = 1,
  parameter              File  = "",
  parameter int unsigned Slice = 0   // See rom.
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  output logic [Width-1:0] weights_o
);

  localparam int unsigned AddressBits = (Depth > 1) ? $clog2(Depth) : 1;

  logic [AddressBits-1:0] address_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) address_q <= '0;
    else if (valid_i) address_q <= (address_q == AddressBits'(Depth - 1)) ? '0 : address_q + 1'b1;
  end

  rom #(.Width(Width), .Depth(Depth), .File(File), .Slice(Slice)) u_weights (
    .clk_i, .address_i(address_q), .data_o(weights_o)
  );

endmodule
