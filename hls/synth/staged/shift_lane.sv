// shift_lane of the library in stages, each a module of its own that a family has cells for.

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

  for (genvar i = 0; i < ExponentBits; i++) begin : gen_bit
    localparam int unsigned Before = (1 << i) - 1;  // Largest shift of the stages so far.
    localparam int unsigned After = (2 << i) - 1;
    localparam int unsigned Enter = Width + ((Before < MaxShift) ? Before : MaxShift);
    localparam int unsigned Leave = Width + ((After < MaxShift) ? After : MaxShift);
    logic [Enter-1:0] entering;
    logic [Leave-1:0] leaving;

    if (i == 0) begin : gen_first
      assign entering = data_i;
    end else begin : gen_next
      assign entering = gen_bit[i-1].leaving;
    end
    shift_stage #(
      .InWidth(Enter),
      .OutWidth(Leave),
      .Shift(1 << i),
      .Last(i == ExponentBits - 1)
    ) u_stage (
      .data_i  (entering),
      .select_i(exponent_i[i]),
      .flip_i,
      .data_o  (leaving)
    );
  end

  assign data_o = gen_bit[ExponentBits-1].leaving;

endmodule
