// floor(sqrt(value)): one binary digit of the root a stage, Stages = half the width, rounded up.

module square_root #(
  parameter  int unsigned Width  = 16,
  localparam int unsigned Stages = (Width + 1) / 2
) (
  input  logic              clk_i,
  input  logic              enable_i,
  input  logic [ Width-1:0] value_i,
  output logic [Stages-1:0] root_o,    // After `Stages` enabled cycles.
  output logic [Stages-1:0] digits_o   // The digit that each stage found last; the top one leaves first.
);

  for (genvar stage = 0; stage < Stages; stage++) begin : gen_stage
    logic [2*Stages-1:0] value;  // Digits of the value not yet used, from the top.
    logic [    Stages:0] remainder;
    /* verilator lint_off UNUSEDSIGNAL */  // The last stage's copy has no reader.
    logic [2*Stages-1:0] value_q;
    logic [    Stages:0] remainder_q;
    /* verilator lint_on UNUSEDSIGNAL */
    logic [Stages-1:0] root, root_q;
    logic [Stages+2:0] minuend, trial;

    if (stage == 0) begin : gen_first
      assign value     = (2 * Stages)'(value_i);
      assign remainder = '0;
      assign root      = '0;
    end else begin : gen_next
      assign value     = gen_stage[stage-1].value_q;
      assign remainder = gen_stage[stage-1].remainder_q;
      assign root      = gen_stage[stage-1].root_q;
    end

    assign minuend = {remainder, value[2*Stages-1-:2]};
    assign trial   = {1'b0, root, 2'b01};

    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        value_q     <= value << 2;
        remainder_q <= (Stages + 1)'((minuend >= trial) ? minuend - trial : minuend);
        root_q      <= Stages'({root, minuend >= trial});
      end
    end
    assign digits_o[Stages-1-stage] = root_q[0];
  end

  assign root_o = gen_stage[Stages-1].root_q;

endmodule
