// ternary_adder of the library, cell by cell: a LUT of two outputs adds the three bits of a place, whose carry meets the
// sum of the next place in the carry chain (US patent 7274211).

module ternary_adder #(
  parameter int unsigned Width    = 8,
  parameter int unsigned SumWidth = Width + 2
) (
  input  logic [Width-1:0]    a_i,
  input  logic [Width-1:0]    b_i,
  input  logic [Width-1:0]    c_i,
  output logic [SumWidth-1:0] sum_o
);

  localparam int unsigned Chains = (SumWidth + 3) / 4;

  logic [4*Chains-1:0] place_sums, sums;  // Before and behind the carry chain.
  logic [4*Chains:0] carries;  // Into each place, from the LUT of the one below.
  logic [  Chains:0] chain;

  assign carries[0] = 1'b0;
  assign chain[0]   = 1'b0;

  for (genvar i = 0; i < 4 * Chains; i++) begin : gen_place
    if (i < Width) begin : gen_operands
      LUT6_2 #(
        .INIT(64'h69966996_E8E8E8E8)
      ) u_lut (
        .I0(a_i[i]),
        .I1(b_i[i]),
        .I2(c_i[i]),
        .I3(carries[i]),
        .I4(1'b0),
        .I5(1'b1),
        .O5(carries[i+1]),
        .O6(place_sums[i])
      );
    end else begin : gen_carry
      assign carries[i+1] = 1'b0;
      if (i == Width) begin : gen_last
        LUT1 #(
          .INIT(2'b10)
        ) u_lut (
          .I0(carries[i]),
          .O (place_sums[i])
        );
      end else begin : gen_none
        assign place_sums[i] = 1'b0;
      end
    end
  end

  for (genvar i = 0; i < Chains; i++) begin : gen_chain
    logic [3:0] carried;
    CARRY4 u_carry (
      .CI(chain[i]),
      .CYINIT(1'b0),
      .DI(carries[4*i+:4]),
      .S(place_sums[4*i+:4]),
      .O(sums[4*i+:4]),
      .CO(carried)
    );
    assign chain[i+1] = carried[3];
  end
  assign sum_o = sums[SumWidth-1:0];

endmodule
