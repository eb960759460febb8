"""The board wrapper of a transform: clock, reset and one serial line at the pins; and the bytes that the line carries.

The protocol stands in ops/fabric/serial_bridge.sv. A break on the line resets everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hls.rtl.library import library, modules_used
from hls.rtl.project import RtlProject
from hls.rtl.registers import AXI_LITE
from hls.rtl.systemverilog import instance
from ops import IntegerArray

BOARD = "board"
"""Name of the module and of its file."""

PINS = ("clk_i", "rst_ni", "rx_i", "tx_o", "rts_no", "cts_ni", "error_o")
"""Every pin: clock, reset (low), the serial line with its flow control (low: may send), and its sticky error."""

LEAST_BIT_CYCLES = 4
"""The receiver samples in the middle of a bit, so that fewer cycles leave no margin."""

WRITE, READ, DATA, BEAT = 0x57, 0x52, 0x44, 0xD0
LAST, FIRST = 1, 2
MOST_BEATS = 256


def bit_cycles(clock_mhz: float, baud: int) -> int:
    """Cycles of a bit. Raises ValueError where they are too few, or miss the rate by more than 2 %."""
    if baud <= 0 or clock_mhz <= 0:
        raise ValueError(f"clock and baud must be positive, not {clock_mhz!r} MHz and {baud!r}")
    cycles = round(clock_mhz * 1e6 / baud)
    if cycles < LEAST_BIT_CYCLES or abs(clock_mhz * 1e6 / baud / cycles - 1) > 0.02:
        raise ValueError(f"baud must be close to a fraction of the clock ({clock_mhz:g} MHz / 4 or less), not {baud}")
    return cycles


def board_files(project: RtlProject, cycles: int) -> dict[str, str]:
    """Sources of the project and of its board wrapper, in the order to read them, by path within the project."""
    text = render_board(project.design, cycles)
    files = {str(path.relative_to(project.folder)): path.read_text() for path in project.sources}
    used = {f"{name}.sv": source for name, source in modules_used(text, library()).items()}
    return {**{name: source for name, source in used.items() if name not in files}, **files, f"{BOARD}.sv": text}


def render_board(design: Mapping[str, Any], cycles: int) -> str:
    """The module `board` around the top of a design (see design.json); a bit of the line takes `cycles`."""
    widths = {prefix: design[port]["data_width"] for prefix, port in (("s_axis", "input"), ("m_axis", "output"))}
    return "\n".join(
        [
            _head(design["top"]),
            _signals(design, widths),
            _serial(cycles, widths),
            instance(design["top"], "u_transform", {}, _transform_ports(design)),
            "endmodule\n",
        ]
    )


def _head(top: str) -> str:
    directions = {name: "output" if "o" in name.rsplit("_", 1)[1] else "input " for name in PINS}
    ports = ",\n".join(f"  {direction} logic {name}" for name, direction in directions.items())
    return f"""\
// {top} behind a serial line, see serial_bridge; a break on the line resets it; generated.

module {BOARD} (
{ports}
);

  logic [1:0] released_q;
  logic       rst_n_q, broken;
  always_ff @(posedge clk_i) begin
    released_q <= {{released_q[0], rst_ni}};
    rst_n_q    <= released_q[1] && !broken;
  end
"""


def _signals(design: Mapping[str, Any], widths: Mapping[str, int]) -> str:
    lines = ["  logic received_valid, received_ready, send_valid, send_ready;", "  logic [7:0] received, send;"]
    lines += [f"  logic {bits}axil_{name};" for _, bits, name in AXI_LITE]
    for prefix, width in widths.items():
        lines += [f"  logic {prefix}_tvalid, {prefix}_tready, {prefix}_tuser, {prefix}_tlast;"]
        lines += [f"  logic [{width - 1}:0] {prefix}_tdata;"]
    if not design["input"]["video"]:
        lines.append("  logic unused_user;\n  assign unused_user = s_axis_tuser;")
    if not design["output"]["video"]:
        lines.append("  assign m_axis_tuser = 1'b0;")
    return "\n".join(lines) + "\n"


def _serial(cycles: int, widths: Mapping[str, int]) -> str:
    clock = {"clk_i": "clk_i", "rst_ni": "rst_n_q"}
    received = {"received_valid": "o", "received_ready": "i", "received": "o"}
    sent = {"send_valid": "i", "send_ready": "o", "send": "i"}
    port = {f"{name}_{side}": name for name, side in (received | sent).items()}
    port |= {name: name for name in PINS[2:]} | {"break_o": "broken"}
    bridge = {f"{name}_{'i' if side == 'o' else 'o'}": name for name, side in (received | sent).items()}
    bridge |= {f"m_axil_{name}": f"axil_{name}" for _, _, name in AXI_LITE}
    # The bridge is master of the transform's slave port, and slave of its master port.
    for own, other in (("m_axis", "s_axis"), ("s_axis", "m_axis")):
        bridge |= {f"{own}_{name}": f"{other}_{name}" for name in ("tvalid", "tready", "tdata", "tuser", "tlast")}
    sizes = {"SBytes": widths["s_axis"] // 8, "MBytes": widths["m_axis"] // 8}
    return instance("serial_port", "u_port", {"BitCycles": cycles}, clock | port) + instance(
        "serial_bridge", "u_bridge", sizes, clock | bridge
    )


def _transform_ports(design: Mapping[str, Any]) -> dict[str, str]:
    ports = {"clk_i": "clk_i", "rst_ni": "rst_n_q"}
    ports |= {f"s_axil_{name}": f"axil_{name}" for _, _, name in AXI_LITE}
    for prefix, port in (("s_axis", "input"), ("m_axis", "output")):
        names = ["tvalid", "tready", "tdata", "tlast"] + (["tuser"] if design[port]["video"] else [])
        ports |= {f"{prefix}_{name}": f"{prefix}_{name}" for name in names}
    return ports


def write_command(address: int, value: int) -> bytes:
    """Sets the register at a byte offset."""
    return bytes((WRITE, address)) + value.to_bytes(4, "little")


def read_command(address: int) -> bytes:
    """Asks for the register at a byte offset."""
    return bytes((READ, address))


def data_commands(data: IntegerArray, marks: IntegerArray, data_width: int) -> Iterator[bytes]:
    """Commands for beats of `data_width` bits with their `marks` (LAST, FIRST), both of shape (beats,)."""
    ends = np.flatnonzero(marks & LAST) + 1
    starts = np.flatnonzero(marks & FIRST)
    cuts = np.unique(np.concatenate([ends, starts, np.arange(0, len(data), MOST_BEATS)]))
    for words, flags in zip(np.split(data, cuts), np.split(marks, cuts), strict=True):
        if len(words):
            content = b"".join(int(word).to_bytes(data_width // 8, "little") for word in words)
            yield bytes((DATA, int(flags[0] & FIRST) | int(flags[-1] & LAST), len(words) - 1)) + content


@dataclass(frozen=True)
class Answer:
    """What the board sent: kind (WRITE, READ or BEAT), the response or the marks of a beat, and the value."""

    kind: int
    code: int
    value: int


def answers(content: Sequence[int], data_width: int) -> list[Answer]:
    """The messages in what the board sent; a beat has `data_width` bits. Raises ValueError where it is none."""
    sent, found = bytes(content), []
    while sent:
        kind = sent[0]
        if kind & 0xFC == BEAT:
            size = 1 + data_width // 8
            found.append(Answer(BEAT, kind & 3, int.from_bytes(sent[1:size], "little")))
        elif kind in (WRITE, READ):
            size = 2 if kind == WRITE else 6
            found.append(Answer(kind, sent[1] if len(sent) > 1 else 0, int.from_bytes(sent[2:size], "little")))
        else:
            raise ValueError(f"a message must begin with 52, 57 or D0 to D3, not {kind:02X}")
        if len(sent) < size:
            raise ValueError(f"the last message must have {size} bytes, not {len(sent)}")
        sent = sent[size:]
    return found
