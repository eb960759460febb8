// Simulation only: a block memory as the makers of devices describe it; Yosys has no model of its own.
//
// Two ports of the same width on the same clock. What one port reads while the other writes it is no value to rely on,
// unless the writing port reads first: it comes out inverted.

module block_memory #(
  parameter int unsigned Width = 9,  // Bits of a word: 1, 2, 4, or 9 for each of its bytes.
  parameter int unsigned Bits = 16384,  // Of all bytes, their ninth bits apart.
  parameter logic [Bits-1:0] Data = '0,
  parameter logic [Bits/8-1:0] Ninth = '0,
  parameter bit FirstA = 0,  // A port reads what it writes over,
  parameter bit FirstB = 0,
  parameter bit NewA = 0,  // or what it writes, or else keeps what it read before.
  parameter bit NewB = 0,
  parameter bit Shared = 0,  // What port B writes over port A may read, and the other way round.
  localparam int unsigned Bytes = (Width < 9) ? 1 : Width / 9,
  localparam int unsigned Plain = (Width < 9) ? Width : 8 * Bytes,
  localparam int unsigned Words = Bits / Plain,
  localparam int unsigned AddressBits = $clog2(Words)
) (
  input  logic                   clk_i,
  input  logic                   a_enable_i,
  input  logic                   a_reset_i,
  input  logic [      Bytes-1:0] a_write_i,
  input  logic [AddressBits-1:0] a_address_i,
  input  logic [      Width-1:0] a_data_i,
  output logic [      Width-1:0] a_data_o,
  input  logic                   b_enable_i,
  input  logic                   b_reset_i,
  input  logic [      Bytes-1:0] b_write_i,
  input  logic [AddressBits-1:0] b_address_i,
  input  logic [      Width-1:0] b_data_i,
  output logic [      Width-1:0] b_data_o
);

  localparam int unsigned Step = (Width < 9) ? Width : 9;

  logic [Width-1:0] memory[Words];
  logic same, a_spoils, b_spoils;
  assign same     = a_enable_i && b_enable_i && (a_address_i == b_address_i);
  assign a_spoils = same && (a_write_i != '0) && !(Shared && FirstA);
  assign b_spoils = same && (b_write_i != '0) && !(Shared && FirstB);

  initial begin
    a_data_o = '0;
    b_data_o = '0;
    for (int unsigned word = 0; word < Words; word++) begin
      if (Width < 9) begin
        memory[word] = Width'(Data[word*Plain+:Plain]);
      end else begin
        for (int unsigned i = 0; i < Bytes; i++) begin
          memory[word][i*Step+:Step] = Step'({Ninth[word*Bytes+i], Data[(word*Bytes+i)*8+:8]});
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (a_enable_i) begin
      for (int unsigned i = 0; i < Bytes; i++) begin
        if (a_write_i[i]) memory[a_address_i][i*Step+:Step] <= a_data_i[i*Step+:Step];
      end
      if (a_reset_i) a_data_o <= '0;
      else if (a_write_i == '0 || FirstA) a_data_o <= memory[a_address_i] ^ {Width{b_spoils}};
      else if (NewA) a_data_o <= a_data_i;
    end
    if (b_enable_i) begin
      for (int unsigned i = 0; i < Bytes; i++) begin
        if (b_write_i[i]) memory[b_address_i][i*Step+:Step] <= b_data_i[i*Step+:Step];
      end
      if (b_reset_i) b_data_o <= '0;
      else if (b_write_i == '0 || FirstB) b_data_o <= memory[b_address_i] ^ {Width{a_spoils}};
      else if (NewB) b_data_o <= b_data_i;
    end
  end

endmodule
