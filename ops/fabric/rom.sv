// A read-only memory: the word of an address leaves two enabled cycles later.
//
// Where it lies is left to the tool, or, with a Bank, settled: banks of so many words, the last of as many as remain, of
// block memories side by side, each as wide as one of 18 kbit is that holds the words of its bank. They are numbered bank
// after bank, the lowest bits first; number 7 reads its contents from FILE.0007.

module rom #(
  parameter  int unsigned Width        = 8,
  parameter  int unsigned Depth        = 2,
  parameter               File         = "",
  parameter  int unsigned Bank         = 0,                               // A power of two, up to 16,384.
  localparam int unsigned AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,
  input  logic                    enable_i,
  input  logic [AddressWidth-1:0] address_i,
  output logic [       Width-1:0] data_o
);

  localparam int unsigned Words = (Bank == 0) ? Depth : Bank;
  localparam int unsigned Banks = (Depth + Words - 1) / Words;

  function automatic int unsigned slice_bits(int unsigned words);
    slice_bits = (words <= 512) ? 36 : (words <= 1024) ? 18 : (words <= 2048) ? 9 : (words <= 4096) ? 4 :
                 (words <= 8192) ? 2 : 1;
  endfunction

  logic [Banks*Width-1:0] banks;  // Of each bank the word, or nothing where it is not addressed.
  logic [      Width-1:0] word;

  // Block memories are slow from clock to output: the second register gives the array a whole cycle.
  always_comb begin
    word = '0;
    for (int unsigned i = 0; i < Banks; i++) word |= banks[i*Width+:Width];
  end
  always_ff @(posedge clk_i) if (enable_i) data_o <= word;

  if (Bank == 0) begin : gen_whole
    rom_words #(
      .Width(Width),
      .Depth(Depth),
      .File (File)
    ) u_words (
      .clk_i,
      .enable_i,
      .address_i,
      .data_o(banks)
    );
  end else begin : gen_banks
    localparam int unsigned Slices = (Width + slice_bits(Bank) - 1) / slice_bits(Bank);
    for (genvar i = 0; i < Banks; i++) begin : gen_bank
      localparam int unsigned Rest = Depth - i * Bank;
      localparam int unsigned BankWords = (Rest < Bank) ? Rest : Bank;
      localparam int unsigned WordBits = (BankWords > 1) ? $clog2(BankWords) : 1;
      localparam int unsigned SliceWidth = slice_bits(BankWords);
      logic [Width-1:0] own;
      for (genvar j = 0; j * SliceWidth < Width; j++) begin : gen_slice
        localparam int unsigned Bits = (Width - j * SliceWidth < SliceWidth) ? Width - j * SliceWidth : SliceWidth;
        localparam int unsigned Place = i * Slices + j;
        localparam logic [31:0] Number =
            "0000" + {8'(Place / 1000), 8'(Place / 100 % 10), 8'(Place / 10 % 10), 8'(Place % 10)};
        rom_words #(
          .Width(Bits),
          .Depth(BankWords),
          .File ({File, ".", Number}),
          .Style("block")
        ) u_words (
          .clk_i,
          .enable_i,
          .address_i(address_i[WordBits-1:0]),
          .data_o(own[j*SliceWidth+:Bits])
        );
      end
      if (Banks == 1) begin : gen_alone
        assign banks = own;
      end else begin : gen_chosen
        logic chosen_q;
        always_ff @(posedge clk_i) if (enable_i) chosen_q <= 32'(address_i) / Bank == i;
        assign banks[i*Width+:Width] = own & {Width{chosen_q}};
      end
    end
  end

endmodule
