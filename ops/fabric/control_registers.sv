// AXI4-Lite registers of a transform: identity, picture size, start, status, sticky errors, counters.
//
// Offsets and bits come from the generated package sapm_registers. A start waits here, with the size and the framing
// that it was given, until the input adapter takes it. Writes of single bytes and addresses without a register are answered with an error.
//
// A soft reset holds flow_rst_no low for some cycles, forgets every frame, and keeps size, errors and counters.

module control_registers #(
  parameter logic        [255:0] ModelHash   = '0,
  parameter logic        [ 31:0] Transform   = '0,
  parameter logic        [ 31:0] InputPort   = '0,
  parameter logic        [ 31:0] OutputPort  = '0,
  parameter logic        [ 31:0] Rate        = '0,
  parameter int unsigned         MaxWidth    = 16,
  parameter int unsigned         MaxHeight   = 16,
  parameter int unsigned         Granularity = 1,
  parameter int unsigned         SizeWidth   = 16
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic [ 7:0] s_axil_awaddr,
  input  logic        s_axil_awvalid,
  output logic        s_axil_awready,
  input  logic [31:0] s_axil_wdata,
  input  logic [ 3:0] s_axil_wstrb,
  input  logic        s_axil_wvalid,
  output logic        s_axil_wready,
  output logic [ 1:0] s_axil_bresp,
  output logic        s_axil_bvalid,
  input  logic        s_axil_bready,
  input  logic [ 7:0] s_axil_araddr,
  input  logic        s_axil_arvalid,
  output logic        s_axil_arready,
  output logic [31:0] s_axil_rdata,
  output logic [ 1:0] s_axil_rresp,
  output logic        s_axil_rvalid,
  input  logic        s_axil_rready,

  output logic                 flow_rst_no,    // Low-active reset of the data flow.
  output logic                 flush_o,
  output logic                 packets_o,      // Framing of the start that waits, or of the next one.
  input  logic                 discarding_i,
  output logic                 start_valid_o,
  input  logic                 start_ready_i,
  output logic [SizeWidth-1:0] width_o,
  output logic [SizeWidth-1:0] height_o,
  input  logic                 frame_begin_i,
  input  logic                 frame_end_i,
  input  logic                 error_start_i,
  input  logic                 error_last_i
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  logic                                 write;
  logic                                 write_known;
  logic                                 write_whole;
  logic [                          7:0] write_address;
  logic                                 read;
  logic                                 read_known;
  logic                                 read_hash;
  logic [                         31:0] hash_word;
  logic [                         31:0] read_value;
  logic                                 bvalid_q;
  logic [                          1:0] bresp_q;
  logic                                 rvalid_q;
  logic [                          1:0] rresp_q;
  logic [                         31:0] rdata_q;

  logic [                         31:0] width_q;
  logic [                         31:0] height_q;
  logic                                 order;
  logic                                 start;
  logic                                 soft_reset;
  logic                                 size_fits;
  logic                                 pending_q;
  logic                                 start_taken;
  logic [                          3:0] resetting_q;  // Cycles that the reset of the data flow still takes.
  logic                                 flush_q;
  logic                                 packets_q;
  logic                                 start_packets_q;
  logic [sapm_registers::ErrorBits-1:0] error_q;
  logic [sapm_registers::ErrorBits-1:0] error_set;
  logic [sapm_registers::ErrorBits-1:0] error_clear;

  logic                                 room;
  logic                                 empty;
  logic                                 done;
  logic [                         31:0] cycle;
  logic [                         31:0] frames;
  logic [                         31:0] frame_cycles;

  assign write          = s_axil_awvalid && s_axil_wvalid && !bvalid_q;
  assign write_address  = s_axil_awaddr;
  assign write_whole    = s_axil_wstrb == 4'hF;
  assign s_axil_awready = write;
  assign s_axil_wready  = write;
  assign s_axil_bvalid  = bvalid_q;
  assign s_axil_bresp   = bresp_q;
  assign read           = s_axil_arvalid && !rvalid_q;
  assign s_axil_arready = !rvalid_q;
  assign s_axil_rvalid  = rvalid_q;
  assign s_axil_rresp   = rresp_q;
  assign s_axil_rdata   = rdata_q;

  always_comb begin
    write_known = 1'b0;
    case (write_address)
      sapm_registers::Width, sapm_registers::Height, sapm_registers::Control, sapm_registers::Errors,
      sapm_registers::Framing:
      write_known = write_whole;
      default: write_known = 1'b0;
    endcase
  end

  assign order = write && write_known && write_address == sapm_registers::Control;
  assign soft_reset = order && s_axil_wdata[sapm_registers::ControlSoftReset];
  assign start = order && s_axil_wdata[sapm_registers::ControlStart] && !soft_reset;
  assign size_fits = width_q != '0 && width_q <= MaxWidth && width_q % Granularity == '0
      && height_q != '0 && height_q <= MaxHeight && height_q % Granularity == '0;
  assign start_valid_o = pending_q && room && flow_rst_no;
  assign start_taken = start_valid_o && start_ready_i;

  always_comb begin
    error_set                                   = '0;
    error_set[sapm_registers::ErrorsSize]       = start && !size_fits;
    error_set[sapm_registers::ErrorsOverrun]    = start && pending_q;
    error_set[sapm_registers::ErrorsFrameStart] = error_start_i;
    error_set[sapm_registers::ErrorsLast]       = error_last_i;
  end
  assign error_clear = (write && write_known && write_address == sapm_registers::Errors)
      ? s_axil_wdata[sapm_registers::ErrorBits-1:0] : '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bvalid_q  <= 1'b0;
      rvalid_q  <= 1'b0;
      width_q   <= '0;
      height_q  <= '0;
      pending_q <= 1'b0;
      error_q   <= '0;
      flush_q   <= 1'b0;
      packets_q <= 1'b0;
    end else begin
      bvalid_q <= write || (bvalid_q && !s_axil_bready);
      rvalid_q <= read || (rvalid_q && !s_axil_rready);
      error_q  <= (error_q & ~error_clear) | error_set;
      if (start && size_fits && !pending_q) begin
        pending_q <= 1'b1;
      end else if (start_taken || soft_reset) begin
        pending_q <= 1'b0;
      end
      if (order) begin
        flush_q <= s_axil_wdata[sapm_registers::ControlFlush];
      end
      if (write && write_known && write_address == sapm_registers::Width) begin
        width_q <= s_axil_wdata;
      end
      if (write && write_known && write_address == sapm_registers::Height) begin
        height_q <= s_axil_wdata;
      end
      if (write && write_known && write_address == sapm_registers::Framing) begin
        packets_q <= s_axil_wdata[sapm_registers::FramingPackets];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (write) begin
      bresp_q <= write_known ? Okay : SlaveError;
    end
    if (read) begin
      rresp_q <= read_known ? Okay : SlaveError;
      rdata_q <= read_value;
    end
    if (start && size_fits && !pending_q) begin
      width_o <= width_q[SizeWidth-1:0];
      height_o <= height_q[SizeWidth-1:0];
      start_packets_q <= packets_q;
    end
  end

  assign flow_rst_no = rst_ni && resetting_q == '0;
  assign flush_o     = flush_q;
  assign packets_o   = pending_q ? start_packets_q : packets_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      resetting_q <= '0;
    end else if (soft_reset) begin
      resetting_q <= '1;
    end else if (resetting_q != '0) begin
      resetting_q <= resetting_q - 1'b1;
    end
  end

  frame_monitor u_monitor (
    .clk_i,
    .rst_ni,
    .flow_rst_ni   (flow_rst_no),
    .start_i       (start_taken),
    .begin_i       (frame_begin_i),
    .end_i         (frame_end_i),
    .room_o        (room),
    .empty_o       (empty),
    .done_o        (done),
    .cycle_o       (cycle),
    .frames_o      (frames),
    .frame_cycles_o(frame_cycles)
  );

  assign read_hash = s_axil_araddr >= sapm_registers::ModelHash
      && s_axil_araddr < sapm_registers::ModelHash + 8'd32 && s_axil_araddr[1:0] == 2'b00;
  assign hash_word = ModelHash[{s_axil_araddr[4:2], 5'b00000}+:32];

  always_comb begin
    read_known = 1'b1;
    read_value = '0;
    case (s_axil_araddr)
      sapm_registers::Identity:    read_value = sapm_registers::IdentityValue;
      sapm_registers::Version:     read_value = sapm_registers::VersionValue;
      sapm_registers::Transform:   read_value = Transform;
      sapm_registers::MaxWidth:    read_value = MaxWidth;
      sapm_registers::MaxHeight:   read_value = MaxHeight;
      sapm_registers::Granularity: read_value = Granularity;
      sapm_registers::InputPort:   read_value = InputPort;
      sapm_registers::OutputPort:  read_value = OutputPort;
      sapm_registers::Rate:        read_value = Rate;
      sapm_registers::Width:       read_value = width_q;
      sapm_registers::Height:      read_value = height_q;
      sapm_registers::Status: begin
        read_value[sapm_registers::StatusBusy] = pending_q || !empty;
        read_value[sapm_registers::StatusDone] = !pending_q && empty && done;
        read_value[sapm_registers::StatusStartReady] = !pending_q;
        read_value[sapm_registers::StatusDiscarding] = discarding_i;
      end
      sapm_registers::Errors:      read_value[sapm_registers::ErrorBits-1:0] = error_q;
      sapm_registers::Frames:      read_value = frames;
      sapm_registers::FrameCycles: read_value = frame_cycles;
      sapm_registers::Cycles:      read_value = cycle;
      sapm_registers::Framing:     read_value[sapm_registers::FramingPackets] = packets_q;
      default: begin
        if (read_hash) begin
          read_value = hash_word;
        end else begin
          read_known = 1'b0;
        end
      end
    endcase
  end

endmodule
