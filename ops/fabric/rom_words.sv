// A read-only memory in one piece: the word of an address leaves an enabled cycle later.

module rom_words #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2,
  parameter File = "",  // Hexadecimal words for $readmemh, one for each address.
  /* verilator lint_off UNUSEDPARAM */
  parameter Style = "auto",  // "block" asks for block memories.
  /* verilator lint_on UNUSEDPARAM */
  localparam int unsigned AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,
  input  logic                    enable_i,
  input  logic [AddressWidth-1:0] address_i,
  output logic [       Width-1:0] data_o
);

  /* verilator lint_off UNDRIVEN */  // Without a file it has no contents.
  (* rom_style = Style *) logic [Width-1:0] memory[Depth];
  /* verilator lint_on UNDRIVEN */

  if (File != "") begin : gen_contents
    initial $readmemh(File, memory);
  end

  always_ff @(posedge clk_i) if (enable_i) data_o <= memory[address_i];

endmodule
