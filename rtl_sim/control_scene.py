"""What the benches of registers, stream ports and driver share: a design that a host drives, and its pictures.

The file that SAPM_FRAMES names holds pairs of a picture and its golden result.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from cocotb.task import bridge

from host.driver import Driver, HardwareError
from host.stream_port import ByteArray
from ops import IntegerArray
from ops.registers import field
from rtl_sim.bus import SimulatedBus, reset

HARNESS = {"stall_in": 0, "stall_out": 0, "seed": 1, "beats": 2**31, "patience": 2**31, "external": 1}

PAUSE_CYCLES = 40
"""Cycles between two looks of the driver at its hardware."""

PATIENCE = 400

TESTS: list[str] = []
"""Names of all scenarios, in the order in which they are defined."""


class BenchError(AssertionError):
    """The hardware does other than it must."""


@dataclass
class Bench:
    """A design under its harness, a driver for it, and pairs of a picture and its golden result."""

    dut: Any
    bus: SimulatedBus
    driver: Driver
    frames: list[tuple[IntegerArray, IntegerArray]]

    @property
    def picture(self) -> IntegerArray:
        """The picture that things happen to."""
        return self.frames[0][0]

    def marked(self) -> bool:
        """Whether frames come in with tuser."""
        return self.driver.identity.input_port.video and not self.driver.packets

    def beats(self) -> ByteArray:
        """The beats of `picture`."""
        return self.driver.identity.input_port.pack(self.picture)

    def begin(self) -> None:
        """Starts `picture`, without a beat of it."""
        self.driver.set_size(*self.picture.shape[1:])
        self.driver.write("Framing", int(self.driver.packets))
        self.driver.start()

    def send(self, beats: ByteArray) -> None:
        """Sends beats of `picture`, lines or a packet as the port wants them."""
        self.bus.send(beats, self.picture.shape[2] if self.marked() else 0)

    def until_taken(self, beats: int) -> None:
        """Waits until the design has taken so many more beats, or stands still."""
        wanted = int(self.dut.taken_o.value) + beats
        for _ in range(PATIENCE):
            if int(self.dut.taken_o.value) >= wanted:
                return
            self.bus.pause()

    def until_offered(self) -> None:
        """Waits until the design offers a beat. Raises BenchError where it never does."""
        for _ in range(PATIENCE):
            if self.dut.m_axis_tvalid.value:
                return
            self.bus.pause()
        raise BenchError("no beat of the result is offered")

    def ways(self) -> list[bool]:
        """Values of `packets` that make a difference to the design."""
        port, made = self.driver.identity.input_port, self.driver.identity.output_port
        return [False, True] if port.video or made.video else [False]

    def check_frames(self) -> None:
        """Runs every picture through the driver: each result must be golden, and no error may stand."""
        for index, (picture, golden) in enumerate(self.frames):
            found = self.driver.run(picture)
            if not np.array_equal(found, golden):
                raise BenchError(f"picture {index}: {np.count_nonzero(found != golden)} elements are wrong")
            self._check_marks(golden.shape[1], golden.shape[2])
        if self.driver.errors():
            raise BenchError(f"the errors {self.driver.errors()} stand after sound pictures")

    def _check_marks(self, height: int, width: int) -> None:
        """Whether the last result had tlast with the end of each packet or line, and tuser with the first pixel."""
        made = self.driver.identity.output_port
        wanted = np.zeros(made.beats(height, width), np.uint8)
        line = width if made.video and not self.driver.packets else len(wanted)
        wanted[line - 1 :: line] = 1
        wanted[0] |= 2 * made.video
        wrong = np.flatnonzero(wanted != np.frombuffer(bytes(self.bus.marks), np.uint8))
        if len(wrong):
            raise BenchError(f"tuser, tlast must be {wanted[wrong[0]]:02b}, not {self.bus.marks[wrong[0]]:02b}")

    def on_the_way(self) -> Iterator[str]:
        """Starts `picture` again and again, each time up to another state, which it names; who asks ends the frame."""
        total = len(self.beats())
        for taken in (0, 1, total // 2, total - 1, total):
            blocked = taken == total
            self.bus.sink.pause = blocked
            self.bus.receive(0, 1)
            self.begin()
            self.send(self.beats())
            self.until_taken(taken)
            if blocked:
                self.until_offered()
            yield f"{taken} of {total} beats taken"
            self.bus.sink.pause = False

    def check_left(self, framings: Sequence[bool]) -> None:
        """Waits for the pictures that were started: each must be golden, and marked as its value of `packets` says."""
        self.bus.sink.pause = False
        self.driver.wait()
        self.bus.pause()
        golden, made = self.frames[0][1], self.driver.identity.output_port
        beats, lines = made.pack(golden), golden.shape[1]
        wanted = [part for packets in framings for part in np.split(beats, 1 if packets or not made.video else lines)]
        found = [self.bus.sink.recv_nowait(compact=False) for _ in range(self.bus.sink.count())]
        if [len(frame.tdata) for frame in found] != [part.size for part in wanted]:
            raise BenchError(f"{len(wanted)} packets must come out, not {len(found)}")
        for frame, part in zip(found, wanted, strict=True):
            if bytes(frame.tdata) != part.tobytes():
                raise BenchError("a picture that was started came out wrong")

    def check_discards(self, wanted: bool) -> None:
        """Whether beats are dropped must be `wanted` where they come in as video, and else no."""
        wanted = wanted and self.driver.identity.input_port.video
        if self.driver.status("Discarding") != wanted:
            raise BenchError(f"Status.Discarding must be {int(wanted)}")

    def check_reset(self) -> None:
        """Resets the design: every register must then be what it is at the start."""
        self.bus.sink.pause = False
        self.bus.reset()
        for name in ("Width", "Height", "Framing", "Errors", "Frames", "FrameCycles"):
            if found := self.driver.read(name):
                raise BenchError(f"the register {name} must be 0 after a reset, not {found}")
        if (status := self.driver.read("Status")) != field("Status", "StartReady").holding(1):
            raise BenchError(f"after a reset nothing but a start must be possible, not the status {status:#x}")

    def refused(self, error: str, action: Callable[[], object]) -> None:
        """Does something that must be answered with one error."""
        try:
            action()
        except HardwareError as raised:
            if raised.errors == (error,):
                return
            raise BenchError(f"the error must be {error}, not: {raised}") from raised
        raise BenchError(f"the error {error} was not reported")


def scenario(test: Callable[[Bench], None]) -> Any:
    """A cocotb test that runs `test` beside the simulation."""

    async def run(dut: Any) -> None:
        logging.getLogger("cocotb").setLevel(logging.WARNING)
        await reset(dut, HARNESS)
        bus = SimulatedBus(dut, streams=True, pause_cycles=PAUSE_CYCLES)
        with np.load(os.environ["SAPM_FRAMES"]) as arrays:
            frames = [(arrays[f"x{i}"], arrays[f"y{i}"]) for i in range(len(arrays.files) // 2)]
        await bridge(test)(Bench(dut, bus, Driver(bus, patience=PATIENCE), frames))

    run.__name__ = run.__qualname__ = test.__name__
    run.__doc__ = test.__doc__
    TESTS.append(test.__name__)
    return cocotb.test()(run)
