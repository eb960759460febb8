// A stage: x, or x shifted to the left by Shift; the last one makes it +-, in offset binary.
//
// Cell by cell: places that lie Shift apart share a LUT of two outputs, since what the lower one moves away from is what
// the upper one takes.

module shift_stage #(
  parameter int unsigned InWidth  = 8,
  parameter int unsigned OutWidth = 9,
  parameter int unsigned Shift    = 1,
  parameter bit          Last     = 0
) (
  input  logic [ InWidth-1:0] data_i,
  input  logic                select_i,
  input  logic                flip_i,
  output logic [OutWidth-1:0] data_o
);

  localparam logic [31:0] Lower = 32'h5533AACC;  // (I3 ? I0 : I1) ^ I4
  localparam logic [31:0] Upper = 32'h330FCCF0;  // (I3 ? I1 : I2) ^ I4
  localparam int unsigned Changed = InWidth - 1 + Shift;  // Above, both choices are the sign.

  logic [OutWidth+2*Shift-1:0] wide;  // x from its place Shift on.
  assign wide = {{(OutWidth + Shift - InWidth) {data_i[InWidth-1]}}, data_i, {Shift{1'b0}}};

  for (genvar i = 0; i < OutWidth; i++) begin : gen_place
    localparam bit Inverts = Last && i == OutWidth - 1;
    localparam bit InvertsUpper = Last && i + Shift == OutWidth - 1;
    localparam bit IsUpper = (i / Shift) % 2 == 1;
    if (!Last && i >= Changed) begin : gen_sign
      assign data_o[i] = data_i[InWidth-1];
    end else if (!IsUpper && i + Shift < OutWidth && (Last || i + Shift < Changed)) begin : gen_two
      LUT6_2 #(
        .INIT({InvertsUpper ? ~Upper : Upper, Inverts ? ~Lower : Lower})
      ) u_lut (
        .I0(wide[i]),
        .I1(wide[i+Shift]),
        .I2(wide[i+2*Shift]),
        .I3(select_i),
        .I4(Last ? flip_i : 1'b0),
        .I5(1'b1),
        .O5(data_o[i]),
        .O6(data_o[i+Shift])
      );
    end else if (!IsUpper) begin : gen_one
      LUT5 #(
        .INIT(Inverts ? ~Lower : Lower)
      ) u_lut (
        .I0(wide[i]),
        .I1(wide[i+Shift]),
        .I2(1'b0),
        .I3(select_i),
        .I4(Last ? flip_i : 1'b0),
        .O (data_o[i])
      );
    end
  end

endmodule
