"""The cocotb bench of a whole transform: sizes and starts over AXI4-Lite, then pictures through the harness.

What to do is read from the file that SAPM_JOB names, what was seen is written to result.json beside it.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, First, RisingEdge, Timer
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

PERIOD = 10
"""Nanoseconds in one cycle."""

POLL = 400
"""Cycles between two looks at the status while a start waits."""


class Bench:
    """Clocks, reset and register access; the bus driver's own clock rests while nothing is read or written."""

    def __init__(self, dut: Any, job: dict[str, Any]) -> None:
        self.dut = dut
        self.job = job
        self.offsets: dict[str, int] = job["offsets"]
        self.bus_clock = Clock(dut.bus_clk_i, PERIOD, unit="ns", impl="gpi")
        logging.getLogger("cocotb").setLevel(logging.WARNING)

    async def start(self) -> None:
        """Applies the settings of the job and resets the design."""
        dut = self.dut
        for name in ("stall_in", "stall_out", "seed", "beats", "patience", "external"):
            getattr(dut, f"{name}_i").value = int(self.job[name])
        dut.bus_clk_i.value = 0
        dut.rst_ni.value = 0
        Clock(dut.clk_i, PERIOD, unit="ns", impl="gpi").start()
        bus = AxiLiteBus.from_prefix(dut, "s_axil")
        self.master = AxiLiteMaster(bus, dut.bus_clk_i, dut.rst_ni, reset_active_level=False)
        await ClockCycles(dut.clk_i, 4)
        await FallingEdge(dut.clk_i)
        dut.rst_ni.value = 1

    async def wake_bus(self) -> None:
        """Starts the bus driver's clock, in step with the design's."""
        await FallingEdge(self.dut.clk_i)
        self.bus_clock.start(start_high=False)

    async def rest_bus(self) -> None:
        """Stops the bus driver's clock."""
        await FallingEdge(self.dut.clk_i)
        await Timer(PERIOD // 5, unit="ns")
        self.bus_clock.stop()

    async def read(self, offset: int) -> int:
        """The value of the register at a byte offset."""
        return int.from_bytes((await self.master.read(offset, 4)).data, "little")

    async def write(self, name: str, value: int) -> None:
        """Sets a register."""
        await self.master.write(self.offsets[name], value.to_bytes(4, "little"))

    async def write_all(self, values: list[tuple[str, int]]) -> None:
        """Sets registers in turn."""
        for name, value in values:
            await self.write(name, value)

    async def start_frames(self) -> None:
        """Starts every frame of the job, each as soon as the one before it was taken."""
        await self.wake_bus()
        await self.write_all(self.job["before"])
        await self.rest_bus()
        for height, width in self.job["sizes"]:
            await self.wake_bus()
            while not await self.read(self.offsets["Status"]) & self.job["start_ready"]:
                await self.rest_bus()
                await Timer(POLL * PERIOD, unit="ns")
                await self.wake_bus()
            await self.write_all([("Width", width), ("Height", height), ("Control", 1)])
            await self.rest_bus()
        await self.wake_bus()
        await self.write_all(self.job["after"])
        await self.rest_bus()

    async def registers(self) -> dict[str, int]:
        """The value of every register."""
        await self.wake_bus()
        values = {name: await self.read(offset) for name, offset in self.job["readable"].items()}
        await self.rest_bus()
        return values


def pauses(seed: int, share: int) -> Iterator[bool]:
    """Random pauses in share/256 of the cycles, in bursts of random length."""
    generator = random.Random(seed)
    while True:
        paused = generator.randrange(256) < share
        for _ in range(generator.choice((1, 1, 2, 5))):
            yield paused


def drive_streams(bench: Bench) -> tuple[AxiStreamSource, AxiStreamSink]:
    """The stream drivers of the protocol mode: one AXI4-Stream packet for each tlast of the job."""
    dut, job = bench.dut, bench.job
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk_i, dut.rst_ni, reset_active_level=False)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk_i, dut.rst_ni, reset_active_level=False)
    source.set_pause_generator(pauses(job["seed"], job["stall_in"]))
    sink.set_pause_generator(pauses(job["seed"] + 1, job["stall_out"]))
    for packet in job["packets"]:
        source.send_nowait(AxiStreamFrame(bytes.fromhex(packet["data"]), tuser=packet["user"]))
    return source, sink


@cocotb.test()
async def transform(dut: Any) -> None:
    """Runs every frame of the job, and writes down the registers and whether all beats came."""
    path = Path(os.environ["SAPM_JOB"])
    job = json.loads(path.read_text())
    bench = Bench(dut, job)
    await bench.start()
    if job["external"]:
        streams = drive_streams(bench)
    starting = cocotb.start_soon(bench.start_frames())
    await First(RisingEdge(dut.finished_o), RisingEdge(dut.stuck_o))
    stuck = not dut.finished_o.value
    starting.cancel()
    # Whatever came too much would come soon.
    await ClockCycles(dut.clk_i, 200)
    result: dict[str, Any] = {"stuck": bool(stuck), "taken": int(dut.taken_o.value), "given": int(dut.given_o.value)}
    result["registers"] = await bench.registers()
    if job["external"]:
        result["packets"] = [len(streams[1].recv_nowait().tdata) for _ in range(streams[1].count())]
    (path.parent / "result.json").write_text(json.dumps(result))
