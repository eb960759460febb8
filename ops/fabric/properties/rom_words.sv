// Property: the word of an address leaves an enabled cycle later
// Proof: bound 6, Width=5 Depth=8 File="words.mem"
// Proof: bound 6, Width=5 Depth=5 File="words.mem"

  logic [Width-1:0] golden[Depth];
  initial $readmemh("words.mem", golden);
  logic [AddressWidth-1:0] asked;
  logic                    known;
  proof_delay #(.Width(AddressWidth), .Depth(1)) u_late (
    .clk_i, .enable_i, .data_i(address_i), .data_o(asked), .known_o(known)
  );
  always_comb begin
    assume (32'(address_i) < Depth);
    if (known) assert (data_o == golden[asked]);
  end
