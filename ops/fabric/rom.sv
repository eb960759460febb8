// A read-only memory: the word of an address leaves two enabled cycles later.
//
// Where it lies is left to the tool, or, with a Slice, settled: slices of so many bits, side by side, in block memories
// as deep as there are words, so that no multiplexer chooses among them. Slice 7 reads its bits from FILE.0007.

module rom #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2,
  parameter              File  = "",
  parameter int unsigned Slice = 0,
  localparam int unsigned AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,
  input  logic                    enable_i,
  input  logic [AddressWidth-1:0] address_i,
  output logic [Width-1:0]        data_o
);

  if (Slice == 0) begin : gen_whole
    rom_words #(.Width(Width), .Depth(Depth), .File(File)) u_words (.clk_i, .enable_i, .address_i, .data_o);
  end else begin : gen_slices
    for (genvar i = 0; i * Slice < Width; i++) begin : gen_slice
      localparam int unsigned Bits = (Width - i * Slice < Slice) ? Width - i * Slice : Slice;
      localparam logic [31:0] Number = "0000" + {8'(i / 1000), 8'(i / 100 % 10), 8'(i / 10 % 10), 8'(i % 10)};
      rom_words #(.Width(Bits), .Depth(Depth), .File({File, ".", Number}), .Style("block")) u_words (
        .clk_i, .enable_i, .address_i, .data_o(data_o[i*Slice+:Bits])
      );
    end
  end

endmodule
