// Commands from a stream of bytes become AXI4-Lite accesses and AXI4-Stream beats; answers and beats become bytes.
//
//   57 address data[4]         write a register; answered by 57 response
//   52 address                 read a register; answered by 52 response data[4]
//   44 marks count-1 data[..]  `count` beats of SBytes each; marks: 1 tlast with the last beat, 2 tuser with the first
//
// A beat that the transform delivers is sent as D0 + marks, then its MBytes. Numbers are little endian. Bytes that begin no
// command are skipped.

module serial_bridge #(
  parameter int unsigned SBytes = 3,
  parameter int unsigned MBytes = 1
) (
  input logic clk_i,
  input logic rst_ni,

  input  logic       received_valid_i,
  output logic       received_ready_o,
  input  logic [7:0] received_i,
  output logic       send_valid_o,
  input  logic       send_ready_i,
  output logic [7:0] send_o,

  output logic [ 7:0] m_axil_awaddr,
  output logic        m_axil_awvalid,
  input  logic        m_axil_awready,
  output logic [31:0] m_axil_wdata,
  output logic [ 3:0] m_axil_wstrb,
  output logic        m_axil_wvalid,
  input  logic        m_axil_wready,
  input  logic [ 1:0] m_axil_bresp,
  input  logic        m_axil_bvalid,
  output logic        m_axil_bready,
  output logic [ 7:0] m_axil_araddr,
  output logic        m_axil_arvalid,
  input  logic        m_axil_arready,
  input  logic [31:0] m_axil_rdata,
  input  logic [ 1:0] m_axil_rresp,
  input  logic        m_axil_rvalid,
  output logic        m_axil_rready,

  output logic                m_axis_tvalid,  // To the transform.
  input  logic                m_axis_tready,
  output logic [8*SBytes-1:0] m_axis_tdata,
  output logic                m_axis_tuser,
  output logic                m_axis_tlast,
  input  logic                s_axis_tvalid,  // From the transform.
  output logic                s_axis_tready,
  input  logic [8*MBytes-1:0] s_axis_tdata,
  input  logic                s_axis_tuser,
  input  logic                s_axis_tlast
);

  localparam logic [7:0] Write = 8'h57;
  localparam logic [7:0] Read = 8'h52;
  localparam logic [7:0] Data = 8'h44;
  localparam int unsigned ByteBits = $clog2(SBytes + 1);
  localparam int unsigned AnswerBytes = 6;
  localparam int unsigned SendBytes = (MBytes + 1 > AnswerBytes) ? MBytes + 1 : AnswerBytes;

  typedef enum logic [2:0] {
    StCommand,
    StAddress,
    StValue,
    StAccess,
    StMarks,
    StCount,
    StBeats
  } state_t;

  // Commands.
  state_t state_q;
  logic take, writing_q, beat_valid_q, beat_first_q, beat_last;
  logic [7:0] address_q, count_q;
  logic [1:0] value_byte_q, marks_q;
  logic [        31:0] value_q;
  logic [ByteBits-1:0] byte_q;
  logic [8*SBytes-1:0] beat_q;
  logic address_sent_q, value_sent_q, answered;
  logic [7:0] send_left_q;

  assign received_ready_o = (state_q != StAccess) && !beat_valid_q;
  assign take             = received_valid_i && received_ready_o;
  assign beat_last        = count_q == '0;

  assign m_axil_awaddr    = address_q;
  assign m_axil_araddr    = address_q;
  assign m_axil_wdata     = value_q;
  assign m_axil_wstrb     = '1;
  assign m_axil_awvalid   = (state_q == StAccess) && writing_q && !address_sent_q;
  assign m_axil_wvalid    = (state_q == StAccess) && writing_q && !value_sent_q;
  assign m_axil_arvalid   = (state_q == StAccess) && !writing_q && !address_sent_q;
  assign m_axil_bready    = (state_q == StAccess) && writing_q && (send_left_q == '0);
  assign m_axil_rready    = (state_q == StAccess) && !writing_q && (send_left_q == '0);
  assign answered         = (m_axil_bvalid && m_axil_bready) || (m_axil_rvalid && m_axil_rready);

  assign m_axis_tvalid    = beat_valid_q;
  assign m_axis_tdata     = beat_q;
  assign m_axis_tuser     = beat_first_q && marks_q[1];
  assign m_axis_tlast     = beat_last && marks_q[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StCommand;
      beat_valid_q <= 1'b0;
    end else begin
      if (answered) state_q <= StCommand;
      if (m_axis_tvalid && m_axis_tready) begin
        beat_valid_q <= 1'b0;
        if (beat_last) state_q <= StCommand;
      end
      if (take) begin
        case (state_q)
          StCommand: begin
            if (received_i == Write || received_i == Read) state_q <= StAddress;
            else if (received_i == Data) state_q <= StMarks;
          end
          StAddress: state_q <= writing_q ? StValue : StAccess;
          StValue:   if (value_byte_q == 2'd3) state_q <= StAccess;
          StMarks:   state_q <= StCount;
          StCount:   state_q <= StBeats;
          StBeats:   beat_valid_q <= byte_q == ByteBits'(SBytes - 1);
          default:   state_q <= StCommand;
        endcase
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (take && state_q == StCommand) begin
      writing_q <= received_i == Write;
      {address_sent_q, value_sent_q} <= '0;
      value_byte_q <= '0;
    end
    if (take && state_q == StAddress) address_q <= received_i;
    if (take && state_q == StValue) begin
      value_q      <= {received_i, value_q[31:8]};
      value_byte_q <= value_byte_q + 1'b1;
    end
    if ((m_axil_awvalid && m_axil_awready) || (m_axil_arvalid && m_axil_arready)) address_sent_q <= 1'b1;
    if (m_axil_wvalid && m_axil_wready) value_sent_q <= 1'b1;

    if (take && state_q == StMarks) marks_q <= received_i[1:0];
    if (take && state_q == StCount) begin
      count_q      <= received_i;
      byte_q       <= '0;
      beat_first_q <= 1'b1;
    end
    if (take && state_q == StBeats) begin
      beat_q <= (8 * SBytes)'({received_i, beat_q} >> 8);
      byte_q <= byte_q + 1'b1;
    end
    if (m_axis_tvalid && m_axis_tready) begin
      count_q      <= count_q - 1'b1;
      byte_q       <= '0;
      beat_first_q <= 1'b0;
    end
  end

  // Answers go before beats.
  logic [8*SendBytes-1:0] send_q;
  assign send_valid_o  = send_left_q != '0;
  assign send_o        = send_q[7:0];
  assign s_axis_tready = (send_left_q == '0) && !answered;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      send_left_q <= '0;
    end else if (answered) begin
      send_left_q <= writing_q ? 8'd2 : 8'd6;
    end else if (s_axis_tvalid && s_axis_tready) begin
      send_left_q <= 8'(MBytes + 1);
    end else if (send_valid_o && send_ready_i) begin
      send_left_q <= send_left_q - 1'b1;
    end
    if (answered) begin
      send_q <= (8 * SendBytes)'(writing_q ? {32'd0, 6'd0, m_axil_bresp, Write} : {m_axil_rdata, 6'd0, m_axil_rresp, Read});
    end else if (s_axis_tvalid && s_axis_tready) begin
      send_q <= (8 * SendBytes)'({s_axis_tdata, 6'b110100, s_axis_tuser, s_axis_tlast});
    end else if (send_valid_o && send_ready_i) begin
      send_q <= send_q >> 8;
    end
  end

endmodule
