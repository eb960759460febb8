"""The AXI4-Lite register map of the transforms: the one table that SystemVerilog, documents and drivers come from."""

from __future__ import annotations

from dataclasses import dataclass

IDENTITY = 0x5341504D
"""Contents of the register `Identity`: the letters SAPM."""

VERSION = 2
"""Version of this map; it changes when an offset or a bit does."""


@dataclass(frozen=True)
class Field:
    """Bits of a register from `position` up; `name` carries the register's name in SystemVerilog (StatusBusy)."""

    name: str
    position: int
    text: str
    width: int = 1

    def of(self, value: int) -> int:
        """The contents of the field in a register's value."""
        return value >> self.position & ((1 << self.width) - 1)

    def holding(self, content: int) -> int:
        """A register's value with `content` in this field, zeros elsewhere. Raises ValueError where it is too wide."""
        if not 0 <= content < 1 << self.width:
            raise ValueError(f"{self.name} must be in [0, {(1 << self.width) - 1}], not {content!r}")
        return content << self.position


@dataclass(frozen=True)
class Register:
    """A 32-bit register (or a run of `words` of them) at a byte offset; access is RO, RW, WO or W1C.

    The contents of a `constant` one are chosen as a whole where hardware is generated.
    """

    name: str
    offset: int
    access: str
    text: str
    fields: tuple[Field, ...] = ()
    words: int = 1
    constant: bool = False


_PORT = (
    Field("Channels", 0, "channels of a pixel", 16),
    Field("Width", 16, "bits of a channel", 8),
    Field("Signed", 24, "channels are in two's complement"),
    Field("Video", 25, "a beat is a pixel, tlast ends a line; else it is one channel, and tlast ends a frame"),
)

_REGISTERS = (
    Register("Identity", 0x00, "RO", f"0x{IDENTITY:08X}, the letters SAPM"),
    Register("Version", 0x04, "RO", f"{VERSION}, the version of this map"),
    Register("Transform", 0x08, "RO", "first four letters of the transform's name, the first in the high byte"),
    Register("MaxWidth", 0x0C, "RO", "largest width"),
    Register("MaxHeight", 0x10, "RO", "largest height"),
    Register("Granularity", 0x14, "RO", "width and height are multiples of this"),
    Register("InputPort", 0x18, "RO", "what s_axis carries", _PORT, constant=True),
    Register("OutputPort", 0x1C, "RO", "what m_axis carries", _PORT, constant=True),
    Register("ModelHash", 0x20, "RO", "fingerprint (SHA-256) of the graph, its first byte in the low byte", words=8),
    Register("Width", 0x40, "RW", "columns of the map on s_axis, of the next start"),
    Register("Height", 0x44, "RW", "rows of the map on s_axis, of the next start"),
    Register(
        "Control",
        0x48,
        "WO",
        "orders",
        (
            Field("Start", 0, "take a frame of that size; one may be running"),
            Field("SoftReset", 1, "abandon every frame; a start in the same write is lost"),
            Field("Flush", 2, "from this write to the next one, take and drop whatever s_axis brings"),
        ),
    ),
    Register(
        "Status",
        0x4C,
        "RO",
        "state",
        (
            Field("Busy", 0, "a start waits or a frame is on its way"),
            Field("Done", 1, "all frames started since the last reset have left, and there was one"),
            Field("StartReady", 2, "no start waits: another may be given"),
            Field("Discarding", 3, "s_axis is dropped: Flush, or what comes before the first frame after a soft reset"),
        ),
    ),
    Register(
        "Errors",
        0x50,
        "W1C",
        "sticky errors; a written one clears the bit",
        (
            Field("Size", 0, "start refused: a size of zero, above the maximum or off the granularity"),
            Field("Overrun", 1, "start refused: another was waiting"),
            Field("FrameStart", 2, "tuser of s_axis missing from the first pixel of a frame, or on another one"),
            Field("Last", 3, "tlast of s_axis missing from the end of a line (video) or frame (latents), or elsewhere"),
        ),
    ),
    Register("Frames", 0x54, "RO", "frames that have left since power-on"),
    Register("FrameCycles", 0x58, "RO", "cycles from the first beat in to the last beat out of the last frame"),
    Register("Cycles", 0x5C, "RO", "cycles of the clock since power-on"),
    Register(
        "Rate",
        0x60,
        "RO",
        "how many times as wide and high as the map on s_axis that on m_axis is",
        (Field("Numerator", 0, "above the line", 16), Field("Denominator", 16, "below it", 16)),
        constant=True,
    ),
    Register(
        "Framing",
        0x64,
        "RW",
        "how frames are marked at a video port, of the next start",
        (Field("Packets", 0, "a frame is one packet: tuser is not looked at, tlast ends the frame"),),
    ),
)

REGISTERS = {register.name: register for register in _REGISTERS}
"""Every register by name, in the order of their offsets."""

READABLE = {
    register.name + (str(word) if register.words > 1 else ""): register.offset + 4 * word
    for register in _REGISTERS
    if register.access != "WO"
    for word in range(register.words)
}
"""Byte offset of each 32-bit word that can be read: ModelHash0 to ModelHash7 and the others by their names."""


def field(register: str, name: str) -> Field:
    """A field of a register. Raises KeyError where there is none."""
    return {field.name: field for field in REGISTERS[register].fields}[name]
