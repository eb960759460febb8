"""The cocotb bench of a whole transform: sizes and starts over AXI4-Lite, then pictures through the harness.

What to do is read from the file that SAPM_JOB names, what was seen is written to result.json beside it.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cocotb
from cocotb.task import bridge
from cocotb.triggers import ClockCycles, First, RisingEdge
from cocotbext.axi import AxiStreamFrame

from host.driver import Driver
from rtl_sim.bus import BusError, SimulatedBus, reset


def start_frames(driver: Driver, job: dict[str, Any]) -> None:
    """Starts every frame of the job, each as soon as the one before it was taken; stops where the simulation ends."""
    with suppress(BusError):
        for name, value in job["before"]:
            driver.write(name, value)
        for height, width in job["sizes"]:
            while not driver.status("StartReady"):
                driver.bus.pause()
            driver.write("Width", width)
            driver.write("Height", height)
            driver.order("Start")
        for name, value in job["after"]:
            driver.write(name, value)


def pauses(seed: int, share: int) -> Iterator[bool]:
    """Random pauses in share/256 of the cycles, in bursts of random length."""
    generator = random.Random(seed)
    while True:
        paused = generator.randrange(256) < share
        for _ in range(generator.choice((1, 1, 2, 5))):
            yield paused


def drive_streams(bus: SimulatedBus, job: dict[str, Any]) -> None:
    """The stream drivers of the protocol mode: one AXI4-Stream packet for each tlast of the job."""
    bus.source.set_pause_generator(pauses(job["seed"], job["stall_in"]))
    bus.sink.set_pause_generator(pauses(job["seed"] + 1, job["stall_out"]))
    for packet in job["packets"]:
        bus.source.send_nowait(AxiStreamFrame(bytes.fromhex(packet["data"]), tuser=packet["user"]))


@cocotb.test()
async def transform(dut: Any) -> None:
    """Runs every frame of the job, and writes down the registers and whether all beats came."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    path = Path(os.environ["SAPM_JOB"])
    job = json.loads(path.read_text())
    await reset(dut, {name: job[name] for name in ("stall_in", "stall_out", "seed", "beats", "patience", "external")})
    bus = SimulatedBus(dut, streams=job["external"])
    driver = Driver(bus)
    if job["external"]:
        drive_streams(bus, job)
    starting = cocotb.start_soon(bridge(start_frames)(driver, job))
    await First(RisingEdge(dut.finished_o), RisingEdge(dut.stuck_o))
    stuck = not dut.finished_o.value
    bus.stopped = True
    await starting
    if job["waves"]:  # no cycle more
        return
    bus.stopped = False
    # Whatever came too much would come soon.
    await ClockCycles(dut.clk_i, 200)
    counters = ("taken", "given", "last_taken")
    result: dict[str, Any] = {"stuck": bool(stuck)} | {name: int(getattr(dut, f"{name}_o").value) for name in counters}
    result["registers"] = await bridge(driver.registers)()
    (path.parent / "result.json").write_text(json.dumps(result))
