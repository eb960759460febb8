// A stage: x, or x shifted to the left by Shift; the last one makes it +-, in offset binary.
//
// A module of its own, so that a LUT with four inputs selects a bit and complements it.

module shift_stage #(
  parameter int unsigned InWidth  = 8,
  parameter int unsigned OutWidth = 9,
  parameter int unsigned Shift    = 1,
  parameter bit          Last     = 0
) (
  input  logic [ InWidth-1:0] data_i,
  input  logic                select_i,
  input  logic                flip_i,    // Of the last stage: the complement.
  output logic [OutWidth-1:0] data_o
);

  logic signed [OutWidth-1:0] wide, moved;
  assign wide  = OutWidth'($signed(data_i));
  assign moved = select_i ? wide <<< Shift : wide;

  if (Last) begin : gen_last
    assign data_o = moved ^ {!flip_i, {(OutWidth - 1) {flip_i}}};
  end else begin : gen_inner
    logic unused_flip;
    assign unused_flip = flip_i;
    assign data_o = moved;
  end

endmodule
