// One lane of a shift array: x << exponent or its complement, 2**(OutWidth - 1) higher, so that no sum has a sign.

module shift_lane #(
  parameter  int unsigned Width        = 8,                                          // Of x, signed.
  parameter  int unsigned MaxShift     = 3,
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned OutWidth     = Width + MaxShift
) (
  input  logic [       Width-1:0] data_i,
  input  logic [ExponentBits-1:0] exponent_i,
  input  logic                    flip_i,
  output logic [    OutWidth-1:0] data_o
);

  logic signed [OutWidth-1:0] x;
  assign x      = OutWidth'($signed(data_i));
  assign data_o = (x <<< exponent_i) ^ {!flip_i, {(OutWidth - 1) {flip_i}}};

endmodule
