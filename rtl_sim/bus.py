"""The bus of `host.driver` in a cocotb simulation: AXI4-Lite and AXI4-Stream drivers behind blocking calls.

The driver runs in a thread of its own (`cocotb.task.bridge`); a call here gives control to the simulator until it is
answered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from cocotb.clock import Clock
from cocotb.task import resume
from cocotb.triggers import ClockCycles, FallingEdge, Timer
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from host.driver import HardwareError
from host.stream_port import ByteArray

PERIOD = 10
"""Nanoseconds in one cycle."""

POLL = 400
"""Cycles of a pause."""

PATIENCE = 200
"""Pauses within which the hardware must take a packet that is dropped; the longest of the benches takes a few."""


class BusError(HardwareError):
    """An access to a register was answered with an error, a packet was not taken, or the simulation is over."""


class SimulatedBus:
    """Registers of a design under `transform_harness`; `streams` adds drivers at its AXI4-Stream ports.

    The bus driver's own clock rests while nothing is read or written.
    """

    def __init__(self, dut: Any, streams: bool = False, pause_cycles: int = POLL) -> None:
        self.dut = dut
        self.pause_cycles = pause_cycles
        self.stopped = False
        self.clock = Clock(dut.bus_clk_i, PERIOD, unit="ns", impl="gpi")
        reset = {"reset": dut.rst_ni, "reset_active_level": False}
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.bus_clk_i, **reset)
        if streams:
            self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk_i, **reset)
            self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk_i, **reset)
        self.data, self.marks = bytearray(), bytearray()
        self.wanted = (0, 1)

    def read(self, offset: int) -> int:
        """The register at a byte offset. Raises BusError where there is none."""
        return self._run(self._read, offset)

    def write(self, offset: int, value: int, size: int = 4) -> None:
        """Sets the first bytes, `size` of them, of the register at a byte offset. Raises BusError where it cannot be
        written."""
        self._run(self._write, offset, value, size)

    def pause(self) -> None:
        """Lets some cycles pass."""
        self._run(self._pause)

    def reset(self) -> None:
        """Resets the design in a moment of its clock; what is on its way is lost on both sides."""
        self.source.clear()
        self._run(self._reset)
        self.sink.clear()
        self.data.clear()

    def prepare(self, sent: tuple[int, int], received: tuple[int, int], line: int) -> None:
        """Everything can be carried."""

    def receive(self, beats: int, beat_bytes: int) -> None:
        """Expects a frame of as many bytes."""
        self.wanted = beats, beat_bytes

    def send(self, beats: ByteArray, line: int) -> None:
        """Queues the frame: one packet, or one for each line, of which the first beat has tuser."""
        packets = np.split(beats, range(line, len(beats), line)) if line else [beats]
        for index, packet in enumerate(packets):
            self.send_packet(packet, user=bool(line) and index == 0)

    def send_packet(self, beats: ByteArray, user: bool) -> None:
        """Queues beats of which the last has tlast, and the first tuser where `user` is set."""
        users = [int(user and beat == 0) for beat in range(len(beats)) for _ in range(beats.shape[1])]
        self.source.send_nowait(AxiStreamFrame(beats.tobytes(), tuser=users))

    def received(self) -> ByteArray | None:
        """The frame, once it is whole; `marks` are tlast (bit 0) and tuser (bit 1) of its beats from then on."""
        beats, beat_bytes = self.wanted
        if not self.data:
            self.marks.clear()
        while not self.sink.empty():
            packet = self.sink.recv_nowait(compact=False)
            marks = bytearray(2 * bool(user) for user in packet.tuser[::beat_bytes])
            marks[-1] |= 1
            self.data += bytes(packet.tdata)
            self.marks += marks
        if len(self.data) < beats * beat_bytes:
            return None
        result = np.frombuffer(bytes(self.data), np.uint8).reshape(-1, beat_bytes)
        self.data.clear()
        return result

    def abandon(self) -> None:
        """Empties the queues, and waits until the packet that is being sent has been taken.

        Raises BusError where the hardware does not take it.
        """
        self.source.clear()
        for _ in range(PATIENCE):
            self.pause()
            if self.source.idle():
                break
        else:
            raise BusError(f"the packet that was being sent must be taken within {PATIENCE * self.pause_cycles} cycles")
        self.pause()
        self.sink.clear()
        self.data.clear()

    def _run(self, function: Callable[..., Coroutine[Any, None, Any]], *arguments: int) -> Any:
        if self.stopped:
            raise BusError("the simulation is over")
        return resume(function)(*arguments)

    async def _read(self, offset: int) -> int:
        await self._wake()
        answer = await self.master.read(offset, 4)
        await self._rest()
        if answer.resp != AxiResp.OKAY:
            raise BusError(f"reading 0x{offset:02X} was answered with {answer.resp.name}")
        return int.from_bytes(answer.data, "little")

    async def _write(self, offset: int, value: int, size: int) -> None:
        await self._wake()
        answer = await self.master.write(offset, value.to_bytes(size, "little"))
        await self._rest()
        if answer.resp != AxiResp.OKAY:
            raise BusError(f"writing 0x{offset:02X} was answered with {answer.resp.name}")

    async def _pause(self) -> None:
        await Timer(self.pause_cycles * PERIOD, unit="ns")

    async def _reset(self) -> None:
        await FallingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 0
        await ClockCycles(self.dut.clk_i, 1)
        await FallingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 1

    async def _wake(self) -> None:
        """Starts the bus driver's clock, in step with the design's."""
        await FallingEdge(self.dut.clk_i)
        self.clock.start(start_high=False)

    async def _rest(self) -> None:
        """Stops the bus driver's clock."""
        await FallingEdge(self.dut.clk_i)
        await Timer(PERIOD // 5, unit="ns")
        self.clock.stop()


async def reset(dut: Any, settings: dict[str, Any]) -> None:
    """Starts the clock, sets the inputs of the harness and resets the design."""
    for name, value in settings.items():
        getattr(dut, f"{name}_i").value = int(value)
    dut.bus_clk_i.value = 0
    dut.rst_ni.value = 0
    Clock(dut.clk_i, PERIOD, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk_i, 4)
    await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1
