// The weights of a convolution array: the words of a ROM in turn, each two cycles after the valid of its operands.
//
// Each word serves Interleave windows, one after the other. Meanwhile the next word is read in as many parts, so that the
// ROM is narrower and deeper by that factor.

module weight_reader #(
  parameter int unsigned Width      = 8,   // All weights that are used in one cycle.
  parameter int unsigned Depth      = 1,   // Words.
  parameter int unsigned Interleave = 1,
  parameter              File       = "",  // The words, or their parts, the lowest first.
  parameter int unsigned Bank       = 0    // See rom.
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,   // Not within the first Interleave + 1 cycles.
  output logic [Width-1:0] weights_o
);

  localparam int unsigned PartWidth = (Width + Interleave - 1) / Interleave;
  localparam int unsigned Parts = Depth * Interleave;
  localparam int unsigned AddressBits = (Parts > 1) ? $clog2(Parts) : 1;

  logic                   step;
  logic [AddressBits-1:0] address_q;
  logic [  PartWidth-1:0] part;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) address_q <= '0;
    else if (step) address_q <= (address_q == AddressBits'(Parts - 1)) ? '0 : address_q + 1'b1;
  end

  if (Interleave == 1) begin : gen_words
    assign step      = valid_i;
    assign weights_o = part;
    rom #(
      .Width(Width),
      .Depth(Depth),
      .File (File),
      .Bank (Bank)
    ) u_weights (
      .clk_i,
      .enable_i(1'b1),
      .address_i(address_q),
      .data_o(part)
    );
  end else begin : gen_parts
    localparam int unsigned PhaseBits = $clog2(Interleave);
    localparam int unsigned Early = Interleave + 1;  // Steps until the first word is there but for its last part.
    localparam int unsigned FillBits = $clog2(Early + 1);

    logic [            FillBits-1:0] filling_q;
    logic [           PhaseBits-1:0] phase_q;
    logic                            begins_q;
    logic [Interleave*PartWidth-1:0] parts_q;
    logic [               Width-1:0] weights_q;

    assign step = valid_i || (filling_q != '0);
    rom #(
      .Width(PartWidth),
      .Depth(Parts),
      .File (File),
      .Bank (Bank)
    ) u_weights (
      .clk_i,
      .enable_i(step),
      .address_i(address_q),
      .data_o(part)
    );

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        filling_q <= FillBits'(Early);
        phase_q   <= '0;
        begins_q  <= 1'b0;
      end else begin
        if (filling_q != '0) filling_q <= filling_q - 1'b1;
        if (valid_i) phase_q <= (phase_q == PhaseBits'(Interleave - 1)) ? '0 : phase_q + 1'b1;
        begins_q <= valid_i && (phase_q == '0);
      end
      if (step) parts_q <= {part, parts_q[Interleave*PartWidth-1:PartWidth]};
      if (begins_q) weights_q <= parts_q[Width-1:0];
    end
    assign weights_o = weights_q;
  end

endmodule
