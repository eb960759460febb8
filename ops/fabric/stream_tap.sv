// Simulation only: writes every beat that passes on a stream, as fixed-width hexadecimal "cycle marks data".
//
// The file is <folder>/<Name>.tap; the folder is that of the plusarg +tapdir, or taps. Without it nothing is written.
// Marks: bit 0 end of line, bit 1 end of frame.

`ifndef SYNTHESIS

module stream_tap #(
  parameter int unsigned Width = 8,
  parameter              Name  = "tensor"
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [     31:0] cycle_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] data_i,
  input logic             eol_i,
  input logic             eof_i
);

  string  folder;
  integer file;

  initial begin
    if ($value$plusargs("tapdir=%s", folder) == 0) begin
      folder = "taps";
    end
    file = $fopen($sformatf("%0s/%0s.tap", folder, Name), "w");
  end

  always @(posedge clk_i) begin
    if (file != 0 && rst_ni && valid_i && ready_i) begin
      $fwrite(file, "%h %h %h\n", cycle_i, {2'b00, eof_i, eol_i}, data_i);
    end
  end

  final begin
    if (file != 0) begin
      $fclose(file);
    end
  end

endmodule

`endif
