"""The AXI4-Lite register map, defined once: rendered to a SystemVerilog package, to Markdown, and used by the bench."""

from __future__ import annotations

from dataclasses import dataclass

IDENTITY = 0x5341504D
"""Contents of the register `Identity`: the letters SAPM."""

VERSION = 1
"""Version of this map; it changes when an offset or a bit does."""


@dataclass(frozen=True)
class Bit:
    """One bit of a register; `name` carries the register's name in SystemVerilog (StatusBusy)."""

    name: str
    position: int
    text: str


@dataclass(frozen=True)
class Register:
    """A 32-bit register (or a run of `words` of them) at a byte offset; access is RO, RW, WO or W1C."""

    name: str
    offset: int
    access: str
    text: str
    bits: tuple[Bit, ...] = ()
    words: int = 1


REGISTERS = (
    Register("Identity", 0x00, "RO", f"0x{IDENTITY:08X}, the letters SAPM"),
    Register("Version", 0x04, "RO", f"{VERSION}, the version of this map"),
    Register("Transform", 0x08, "RO", "first four letters of the transform's name, the first in the high byte"),
    Register("MaxWidth", 0x0C, "RO", "largest width"),
    Register("MaxHeight", 0x10, "RO", "largest height"),
    Register("Granularity", 0x14, "RO", "width and height are multiples of this"),
    Register("ModelHash", 0x20, "RO", "fingerprint (SHA-256) of the graph, its first byte in the low byte", words=8),
    Register("Width", 0x40, "RW", "columns of the map on s_axis, of the next start"),
    Register("Height", 0x44, "RW", "rows of the map on s_axis, of the next start"),
    Register("Control", 0x48, "WO", "orders", (Bit("Start", 0, "take a frame of that size; one may be running"),)),
    Register(
        "Status",
        0x4C,
        "RO",
        "state",
        (
            Bit("Busy", 0, "a start waits or a frame is on its way"),
            Bit("Done", 1, "all started frames have left, and there was one"),
            Bit("StartReady", 2, "no start waits: another may be given"),
        ),
    ),
    Register(
        "Errors",
        0x50,
        "W1C",
        "sticky errors; a written one clears the bit",
        (
            Bit("Size", 0, "start refused: a size of zero, above the maximum or off the granularity"),
            Bit("Overrun", 1, "start refused: another was waiting"),
            Bit("FrameStart", 2, "tuser of s_axis missing from the first pixel of a frame, or on another one"),
            Bit("Last", 3, "tlast of s_axis missing from the end of a line (video) or frame (latents), or elsewhere"),
        ),
    ),
    Register("Frames", 0x54, "RO", "frames that have left since reset"),
    Register("FrameCycles", 0x58, "RO", "cycles from the first beat in to the last beat out of the last frame"),
)
"""Every register, by offset."""

OFFSETS = {register.name: register.offset for register in REGISTERS}
"""Byte offset of each register."""

READABLE = {
    register.name + (str(word) if register.words > 1 else ""): register.offset + 4 * word
    for register in REGISTERS
    if register.access != "WO"
    for word in range(register.words)
}
"""Byte offset of each 32-bit word that can be read: ModelHash0 to ModelHash7 and the others by their names."""

ERRORS = {bit.name: bit.position for register in REGISTERS if register.name == "Errors" for bit in register.bits}
"""Position of each error bit."""


def render_package() -> str:
    """The SystemVerilog package `sapm_registers`."""
    lines = [
        "// Register map of the transforms; generated from hls/rtl/registers.py.",
        "",
        "package sapm_registers;",
        f"  localparam logic [31:0] IdentityValue = 32'h{IDENTITY:08X};",
        f"  localparam logic [31:0] VersionValue = 32'd{VERSION};",
        f"  localparam int unsigned ErrorBits = {len(ERRORS)};",
    ]
    for register in REGISTERS:
        lines.append(f"  localparam logic [7:0] {register.name} = 8'h{register.offset:02X};")
        lines += [f"  localparam int unsigned {register.name}{bit.name} = {bit.position};" for bit in register.bits]
    return "\n".join([*lines, "endpackage", ""])


def render_table() -> str:
    """The register map as a Markdown table."""
    lines = ["| offset | register | access | contents |", "|---|---|---|---|"]
    for register in REGISTERS:
        last = f"..0x{register.offset + 4 * register.words - 4:02X}" if register.words > 1 else ""
        lines.append(f"| 0x{register.offset:02X}{last} | {register.name} | {register.access} | {register.text} |")
        lines += [f"| | | | bit {bit.position} {bit.name}: {bit.text} |" for bit in register.bits]
    return "\n".join(lines) + "\n"


def transform_code(name: str) -> int:
    """Contents of the register `Transform`: the first four letters of `name`, padded with spaces."""
    return int.from_bytes(name.encode("ascii", "replace")[:4].ljust(4), "big")
