// SumPool2d: sums of squares of Kernel x Kernel pixels, the sums of one output row kept in a memory.

module sum_pool2d #(
  parameter int unsigned InChannels = 1,
  parameter int unsigned InWidth    = 8,
  parameter bit          InSigned   = 1,
  parameter int unsigned InLanes    = 1,
  parameter int unsigned OutWidth   = 10,
  parameter int unsigned OutLanes   = 1,
  parameter int unsigned MaxWidth   = 16,
  parameter int unsigned Kernel     = 2    // A power of two.
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

  localparam int unsigned Words = InChannels / InLanes;
  localparam int unsigned Squares = (MaxWidth + Kernel - 1) / Kernel;
  localparam int unsigned Depth = Squares * Words;
  localparam int unsigned AddressBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned WordBits = (Words > 1) ? $clog2(Words) : 1;
  localparam int unsigned KernelBits = $clog2(Kernel);
  localparam int unsigned BeatWidth = OutLanes * OutWidth;

  // Where the entering beat belongs.
  logic [WordBits-1:0] word_q;
  logic [KernelBits-1:0] column_q, row_q;  // Within the square.
  logic [AddressBits-1:0] square_q;  // Address of the square's first word.
  logic enable, take, word_last, square_first, square_last;
  logic [AddressBits-1:0] address;

  assign in_ready_o   = enable;
  assign take         = enable && in_valid_i;
  assign word_last    = word_q == WordBits'(Words - 1);
  assign square_first = (column_q == '0) && (row_q == '0);
  assign square_last  = (&column_q) && (&row_q);
  assign address      = square_q + AddressBits'(word_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      word_q   <= '0;
      column_q <= '0;
      row_q    <= '0;
      square_q <= '0;
    end else if (take) begin
      word_q <= word_last ? '0 : word_q + 1'b1;
      if (in_eol_i) column_q <= '0;
      else if (word_last) column_q <= column_q + 1'b1;
      if (in_eof_i) row_q <= '0;
      else if (in_eol_i) row_q <= row_q + 1'b1;
      if (in_eol_i) square_q <= '0;
      else if (word_last && (&column_q)) square_q <= square_q + AddressBits'(Words);
    end
  end

  // The beat and its square's word from the memory, then the beat and the sum so far. That sum comes by another way where
  // it was not in the memory yet when this was read: from the beat ahead, or from the one before that.
  (* no_rw_check *)
  // What is read where it is written is not used.
  logic [BeatWidth-1:0] memory[Depth];
  logic [InLanes*InWidth-1:0] data_q, summing_data_q;
  logic [BeatWidth-1:0] stored_q, recent_q, earlier_q, total;
  logic [AddressBits-1:0] address_q, summing_address_q;
  logic valid_q, summing_q, near_q, far_q;
  logic [3:0] marks_q;
  logic first_q, last_q, eol_q, eof_q;

  for (genvar i = 0; i < OutLanes; i++) begin : gen_lane
    logic [ InWidth-1:0] element;
    logic [OutWidth-1:0] x;
    assign element                     = summing_data_q[i*InWidth+:InWidth];
    assign x                           = InSigned ? OutWidth'($signed(element)) : OutWidth'(element);
    assign total[i*OutWidth+:OutWidth] = first_q ? x : earlier_q[i*OutWidth+:OutWidth] + x;
  end

  logic leaves, register_ready;
  assign leaves = summing_q && last_q;
  assign enable = register_ready || !leaves;

  stream_register #(
    .Width(BeatWidth)
  ) u_register (
    .clk_i,
    .rst_ni,
    .in_valid_i(leaves),
    .in_ready_o(register_ready),
    .in_data_i (total),
    .in_eol_i  (eol_q),
    .in_eof_i  (eof_q),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_eol_o,
    .out_eof_o
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {summing_q, valid_q} <= '0;
    else if (enable) {summing_q, valid_q} <= {valid_q, in_valid_i};
    if (enable) begin
      data_q                          <= in_data_i;
      address_q                       <= address;
      marks_q                         <= {square_first, square_last, in_eol_i, in_eof_i};
      stored_q                        <= memory[address];
      near_q                          <= valid_q && (address == address_q);
      far_q                           <= summing_q && (address == summing_address_q);

      {first_q, last_q, eol_q, eof_q} <= marks_q;
      summing_data_q                  <= data_q;
      summing_address_q               <= address_q;
      earlier_q                       <= near_q ? total : far_q ? recent_q : stored_q;
      recent_q                        <= total;
      if (summing_q) memory[summing_address_q] <= total;
    end
  end

`ifndef SYNTHESIS
  stream_protocol #(
    .Width(InLanes * InWidth + 2)
  ) u_protocol (
    .clk_i,
    .rst_ni,
    .valid_i(in_valid_i),
    .ready_i(in_ready_o),
    .beat_i ({in_eof_i, in_eol_i, in_data_i})
  );
`endif

endmodule
