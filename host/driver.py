"""Drives the hardware of a transform over its registers and streams, in a simulator or on a board."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from host.stream_port import ByteArray, StreamPort
from ops import IntegerArray
from ops.registers import IDENTITY, READABLE, REGISTERS, VERSION, field

PATIENCE = 10_000
"""How often the bus may be asked to pause before the hardware counts as stuck."""


class HardwareError(RuntimeError):
    """The hardware is another than expected, reports errors, or stands still.

    `errors` are the names of the fields of the register `Errors` that were set.
    """

    def __init__(self, message: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class TransferError(HardwareError, ValueError):
    """A frame is such that the bus cannot carry it; the hardware was not touched."""


class Bus(Protocol):
    """How registers and streams of the hardware are reached: `rtl_sim.bus.SimulatedBus`, `host.pynq_bus.PynqBus`."""

    def read(self, offset: int) -> int:
        """The 32-bit register at a byte offset."""

    def write(self, offset: int, value: int) -> None:
        """Sets the 32-bit register at a byte offset."""

    def pause(self) -> None:
        """Lets the hardware work for a while: a millisecond, or some cycles of a simulation."""

    def prepare(self, sent: tuple[int, int], received: tuple[int, int], line: int) -> None:
        """Raises TransferError unless frames (beats, bytes of a beat) to s_axis and from m_axis can be carried."""

    def receive(self, beats: int, beat_bytes: int) -> None:
        """Gets ready for the beats of one frame from m_axis."""

    def send(self, beats: ByteArray, line: int) -> None:
        """Begins to send one frame (beats, bytes) to s_axis; where `line` is not 0, lines have as many beats."""

    def received(self) -> ByteArray | None:
        """The beats (beats, bytes) of the frame that `receive` announced, or None as long as some are missing."""

    def abandon(self) -> None:
        """Forgets the frames announced, and returns once none of them is offered to s_axis; the hardware drops all."""


@dataclass(frozen=True)
class Identity:
    """What the registers say of a transform: its first four letters, fingerprint of its graph, sizes and ports."""

    transform: str
    model_hash: bytes
    max_height: int
    max_width: int
    granularity: int
    input_port: StreamPort
    output_port: StreamPort
    rate: Fraction

    def check_size(self, height: int, width: int) -> None:
        """Raises ValueError unless the hardware takes maps of this size."""
        step, most = self.granularity, (self.max_height, self.max_width)
        if min(height, width) < 1 or height % step or width % step or height > most[0] or width > most[1]:
            raise ValueError(
                f"height and width must be positive multiples of {step} up to {most[0]}x{most[1]}, not {height}x{width}"
            )


@dataclass(frozen=True)
class Counters:
    """Frames that have left and cycles of the clock since power-on, and cycles that the last frame took."""

    frames: int
    frame_cycles: int
    cycles: int


class Driver:
    """One transform. `run`, `wait` and `start` wait for the hardware; everything else is a few accesses to registers.

    With `packets` frames are marked as a plain DMA marks them, by one tlast each; without it a video port has tuser and
    a tlast for each line. `patience` is how often the bus may pause for one frame.
    """

    def __init__(self, bus: Bus, packets: bool = False, patience: int = PATIENCE) -> None:
        self.bus = bus
        self.packets = packets
        self.patience = patience

    def read(self, name: str) -> int:
        """The value of a register."""
        return self.bus.read(READABLE[name])

    def write(self, name: str, value: int) -> None:
        """Sets a register."""
        self.bus.write(REGISTERS[name].offset, value)

    def registers(self) -> dict[str, int]:
        """The value of every register that can be read, by name."""
        return {name: self.read(name) for name in READABLE}

    def order(self, *orders: str) -> None:
        """Gives orders (fields of the register `Control`) in one write."""
        self.write("Control", sum(field("Control", name).holding(1) for name in orders))

    def status(self, name: str) -> bool:
        """Whether a field of the register `Status` is set."""
        return bool(field("Status", name).of(self.read("Status")))

    @cached_property
    def identity(self) -> Identity:
        """What the registers say of the hardware, read once."""
        return self.identify()

    def identify(self, fingerprint: bytes | None = None) -> Identity:
        """Reads the identity. Raises HardwareError where it is none, of another version, or not of the fingerprint."""
        found = self.read("Identity"), self.read("Version")
        if found != (IDENTITY, VERSION):
            raise HardwareError(
                f"identity and version must be 0x{IDENTITY:08X} and {VERSION}, not 0x{found[0]:08X} and {found[1]}"
            )
        model_hash = b"".join(self.read(f"ModelHash{word}").to_bytes(4, "little") for word in range(8))
        if fingerprint not in (None, model_hash):
            raise HardwareError(f"the hardware must be of the graph {fingerprint.hex()}, not {model_hash.hex()}")
        rate = self.read("Rate")
        return Identity(
            self.read("Transform").to_bytes(4, "big").decode("ascii", "replace").rstrip(),
            model_hash,
            self.read("MaxHeight"),
            self.read("MaxWidth"),
            self.read("Granularity"),
            StreamPort.of(self.read("InputPort")),
            StreamPort.of(self.read("OutputPort")),
            Fraction(field("Rate", "Numerator").of(rate), field("Rate", "Denominator").of(rate)),
        )

    def set_size(self, height: int, width: int) -> None:
        """Sets the size of the next frame. Raises ValueError where the hardware does not take it."""
        self.identity.check_size(height, width)
        self.write("Width", width)
        self.write("Height", height)

    def start(self) -> None:
        """Starts a frame of the size set, once no start waits. Raises HardwareError where it is refused."""
        for _ in range(self.patience):
            if self.status("StartReady"):
                self.order("Start")
                return self.check()
            self.bus.pause()
        raise HardwareError(f"no frame can be started: {self._standing()}")

    def wait(self) -> None:
        """Returns once every frame has left. Raises HardwareError as soon as an error is set, or after `patience`."""
        for _ in range(self.patience):
            done = not self.status("Busy")
            self.check()
            if done:
                return
            self.bus.pause()
        raise HardwareError(f"the frame does not end: {self._standing()}")

    def run(self, picture: IntegerArray) -> IntegerArray:
        """One map (channels, height, width) through the hardware.

        Raises ValueError where the hardware does not take it, TransferError where the bus does not, both before
        anything is started, and HardwareError as `start` and `wait` do; `soft_reset` then makes all ready again.
        """
        made, taken = self.identity.output_port, self.identity.input_port
        height, width = picture.shape[1:]
        beats = taken.pack(picture)
        rows, columns = (int(side * self.identity.rate) for side in (height, width))
        line = width if taken.video and not self.packets else 0
        expected = made.beats(rows, columns), made.beat_bytes
        self.identity.check_size(height, width)
        self.bus.prepare((len(beats), taken.beat_bytes), expected, line)
        self.set_size(height, width)
        self.write("Framing", int(self.packets))
        self.bus.receive(*expected)
        self.start()
        self.bus.send(beats, line)
        self.wait()
        for _ in range(self.patience):
            result = self.bus.received()
            if result is not None:
                return made.unpack(result, rows, columns)
            self.bus.pause()
        raise HardwareError(f"beats of the result are missing: {self._standing()}")

    def errors(self) -> tuple[str, ...]:
        """Names of the errors that stand."""
        value = self.read("Errors")
        return tuple(bit.name for bit in REGISTERS["Errors"].fields if bit.of(value))

    def check(self) -> None:
        """Raises HardwareError where an error stands."""
        names = self.errors()
        if names:
            texts = {bit.name: bit.text for bit in REGISTERS["Errors"].fields}
            raise HardwareError("; ".join(f"{name}: {texts[name]}" for name in names), names)

    def clear_errors(self) -> None:
        """Clears every error."""
        self.write("Errors", sum(bit.holding(1) for bit in REGISTERS["Errors"].fields))

    def counters(self) -> Counters:
        """Frames and cycles."""
        return Counters(self.read("Frames"), self.read("FrameCycles"), self.read("Cycles"))

    def soft_reset(self) -> None:
        """Abandons every frame, drops what is still being sent, clears the errors: the next frame comes out right."""
        self.order("SoftReset", "Flush")
        self.bus.abandon()
        self.order()
        self.clear_errors()

    def _standing(self) -> str:
        names = [bit.name for bit in REGISTERS["Status"].fields if bit.of(self.read("Status"))]
        return f"status {', '.join(names) or 'none'}, {self.read('Frames')} frames have left"
