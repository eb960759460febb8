// One output channel of a shift array: a tree for each term; term i counts 2**(i * Step).
//
// Codes of a term are {flips, idle, exponents} of all lanes, see shift_tree. The flip of lane 0 is relative, too: to
// lane 0 of the next term. That of the last term leaves with the sum.

module shift_lanes #(
  parameter int unsigned Lanes    = 1,
  parameter int unsigned Width    = 8,
  parameter bit          Signed   = 1,
  parameter int unsigned Terms    = 1,
  parameter int unsigned MaxShift = 3,  // Within a term.
  parameter int unsigned Step     = 0,
  localparam int unsigned ExponentBits = (MaxShift > 1) ? $clog2(MaxShift + 1) : 1,
  localparam int unsigned CodeWidth    = Lanes * (ExponentBits + 2),  // Of a term.
  localparam int unsigned TreeWidth    = Width + (Signed ? 0 : 1) + MaxShift + $clog2(Lanes),
  localparam int unsigned SumWidth     = TreeWidth + (Terms - 1) * (Step + 1)
) (
  input  logic                       clk_i,
  input  logic [Lanes*Width-1:0]     data_i,
  input  logic [Terms*CodeWidth-1:0] codes_i,
  output logic                       flip_o,  // The sum is still to be complemented.
  output logic signed [SumWidth-1:0] sum_o    // $clog2(Lanes) + Terms cycles after the operands, as is flip_o.
);

  for (genvar i = 0; i < Terms; i++) begin : gen_term
    localparam int unsigned Bits = TreeWidth + i * (Step + 1);  // Of the sum so far.
    logic                        flip, sum_flip;
    logic signed [TreeWidth-1:0] root;
    logic signed [Bits-1:0]      sum;

    shift_tree #(.Lanes(Lanes), .Width(Width), .Signed(Signed), .MaxShift(MaxShift)) u_tree (
      .clk_i, .data_i,
      .exponents_i(codes_i[i*CodeWidth+:Lanes*ExponentBits]),
      .idle_i     (codes_i[i*CodeWidth+Lanes*ExponentBits+:Lanes]),
      .flips_i    (codes_i[i*CodeWidth+Lanes*(ExponentBits+1)+:Lanes]),
      .flip_o     (flip),
      .sum_o      (root)
    );

    if (i == 0) begin : gen_first
      assign sum      = root;
      assign sum_flip = flip;
    end else begin : gen_next
      // A tree waits until the sum of those before it is there.
      logic signed [TreeWidth-1:0] roots_q[i];
      logic [i-1:0]                flips_q;
      logic signed [TreeWidth-1:0] waited;
      logic signed [Bits-1:0]      sum_q, earlier;
      assign earlier = Bits'(gen_term[i-1].sum);
      if (i == 1) begin : gen_no_wait
        assign waited = root;
      end else begin : gen_wait
        assign waited = roots_q[i-2];
      end
      always_ff @(posedge clk_i) begin
        roots_q[0] <= root;
        for (int unsigned j = 1; j < i; j++) roots_q[j] <= roots_q[j-1];
        flips_q <= i'({flips_q, flip});
        sum_q   <= (Bits'(waited) <<< (i * Step)) + (earlier ^ {Bits{gen_term[i-1].sum_flip}});
      end
      assign sum      = sum_q;
      assign sum_flip = flips_q[i-1];
    end
  end

  assign sum_o  = gen_term[Terms-1].sum;
  assign flip_o = gen_term[Terms-1].sum_flip;

endmodule
