// shift_lane of the library in stages of cells: places that lie as far apart as a stage shifts share a LUT of two outputs,
// since what the lower one moves away from is what the upper one takes.

module shift_lane #(
  parameter int unsigned Width    = 8,  // Of x, signed.
  parameter int unsigned MaxShift = 3,
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned OutWidth     = Width + MaxShift
) (
  input  logic [Width-1:0]        data_i,
  input  logic [ExponentBits-1:0] exponent_i,
  input  logic                    flip_i,
  output logic [OutWidth-1:0]     data_o
);

  for (genvar i = 0; i < ExponentBits; i++) begin : gen_bit
    localparam int unsigned Before = (1 << i) - 1;        // Largest shift of the stages so far.
    localparam int unsigned After  = (2 << i) - 1;
    localparam int unsigned Enter  = Width + ((Before < MaxShift) ? Before : MaxShift);
    localparam int unsigned Leave  = Width + ((After < MaxShift) ? After : MaxShift);
    logic [Enter-1:0] entering;
    logic [Leave-1:0] leaving;

    if (i == 0) begin : gen_first
      assign entering = data_i;
    end else begin : gen_next
      assign entering = gen_bit[i-1].leaving;
    end
    shift_stage #(.InWidth(Enter), .OutWidth(Leave), .Shift(1 << i), .Last(i == ExponentBits - 1)) u_stage (
      .data_i(entering), .select_i(exponent_i[i]), .flip_i, .data_o(leaving)
    );
  end

  assign data_o = gen_bit[ExponentBits-1].leaving;

endmodule

// A stage: x, or x shifted to the left by Shift; the last one makes it +-, in offset binary.
module shift_stage #(
  parameter int unsigned InWidth  = 8,
  parameter int unsigned OutWidth = 9,
  parameter int unsigned Shift    = 1,
  parameter bit          Last     = 0
) (
  input  logic [InWidth-1:0]  data_i,
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
    localparam bit Inverts      = Last && i == OutWidth - 1;
    localparam bit InvertsUpper = Last && i + Shift == OutWidth - 1;
    localparam bit IsUpper      = (i / Shift) % 2 == 1;
    if (!Last && i >= Changed) begin : gen_sign
      assign data_o[i] = data_i[InWidth-1];
    end else if (!IsUpper && i + Shift < OutWidth && (Last || i + Shift < Changed)) begin : gen_two
      LUT6_2 #(.INIT({InvertsUpper ? ~Upper : Upper, Inverts ? ~Lower : Lower})) u_lut (
        .I0(wide[i]), .I1(wide[i+Shift]), .I2(wide[i+2*Shift]), .I3(select_i), .I4(Last ? flip_i : 1'b0), .I5(1'b1),
        .O5(data_o[i]), .O6(data_o[i+Shift])
      );
    end else if (!IsUpper) begin : gen_one
      LUT5 #(.INIT(Inverts ? ~Lower : Lower)) u_lut (
        .I0(wide[i]), .I1(wide[i+Shift]), .I2(1'b0), .I3(select_i), .I4(Last ? flip_i : 1'b0), .O(data_o[i])
      );
    end
  end

endmodule
