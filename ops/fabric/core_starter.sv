// Starts a core made by an HLS tool, frame after frame: an AXI4-Lite master of the core's own control registers.
//
// Before a frame it waits until the core is idle, then writes height and width, then the start bit. The next frame is
// taken when the last one has left.

module core_starter #(
  parameter int unsigned SizeWidth = 16
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic                 start_valid_i,
  output logic                 start_ready_o,
  input  logic [SizeWidth-1:0] width_i,
  input  logic [SizeWidth-1:0] height_i,
  input  logic                 frame_end_i,

  output logic [ 4:0] awaddr_o,
  output logic        awvalid_o,
  input  logic        awready_i,
  output logic [31:0] wdata_o,
  output logic        wvalid_o,
  input  logic        wready_i,
  input  logic        bvalid_i,
  output logic        bready_o,
  output logic [ 4:0] araddr_o,
  output logic        arvalid_o,
  input  logic        arready_i,
  input  logic [31:0] rdata_i,
  input  logic        rvalid_i,
  output logic        rready_o
);

  // The map that Vitis HLS gives a function (..., int height, int width) with its control in one bundle.
  localparam logic [4:0] Control = 5'h00;
  localparam logic [4:0] Height = 5'h10;
  localparam logic [4:0] Width = 5'h18;
  localparam int unsigned IdleBit = 2;

  typedef enum logic [2:0] {
    Free,
    AskIdle,
    SetHeight,
    SetWidth,
    SetStart,
    Running
  } state_e;

  state_e                 state_q;
  logic   [SizeWidth-1:0] width_q;
  logic   [SizeWidth-1:0] height_q;
  logic                   asked_q;  // The request of this state, or each half of it, has been taken.
  logic                   address_q;
  logic                   data_q;
  logic                   writing;

  assign start_ready_o = state_q == Free;
  assign writing       = state_q == SetHeight || state_q == SetWidth || state_q == SetStart;

  assign araddr_o      = Control;
  assign arvalid_o     = state_q == AskIdle && !asked_q;
  assign rready_o      = 1'b1;
  assign awvalid_o     = writing && !address_q;
  assign wvalid_o      = writing && !data_q;
  assign bready_o      = 1'b1;

  always_comb begin
    awaddr_o = Control;
    wdata_o  = 32'd1;
    if (state_q == SetHeight) begin
      awaddr_o = Height;
      wdata_o  = 32'(height_q);
    end else if (state_q == SetWidth) begin
      awaddr_o = Width;
      wdata_o  = 32'(width_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= Free;
      asked_q   <= 1'b0;
      address_q <= 1'b0;
      data_q    <= 1'b0;
    end else begin
      asked_q   <= asked_q || (arvalid_o && arready_i);
      address_q <= address_q || (awvalid_o && awready_i);
      data_q    <= data_q || (wvalid_o && wready_i);
      case (state_q)
        Free: if (start_valid_i) state_q <= AskIdle;
        AskIdle: begin
          if (rvalid_i) begin
            asked_q <= 1'b0;
            if (rdata_i[IdleBit]) state_q <= SetHeight;
          end
        end
        SetHeight, SetWidth, SetStart: begin
          if (bvalid_i) begin
            address_q <= 1'b0;
            data_q    <= 1'b0;
            state_q   <= (state_q == SetHeight) ? SetWidth : (state_q == SetWidth) ? SetStart : Running;
          end
        end
        default: if (frame_end_i) state_q <= Free;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_valid_i && start_ready_o) begin
      width_q  <= width_i;
      height_q <= height_i;
    end
  end

  logic unused;
  assign unused = ^rdata_i;

endmodule
