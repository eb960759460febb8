"""The cocotb bench of a soak: frames back to back through the harness, some abandoned on their way by a soft reset.

What to do is read from the file that SAPM_JOB names, what was seen is written to result.json beside it.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.task import bridge
from cocotb.triggers import ClockCycles

from host.driver import Driver, HardwareError
from rtl_sim.bus import SimulatedBus, reset

FOREVER = 2**31
"""Beats of the result that never come: the bench ends when the hardware says that all frames have left."""


class Player:
    """Gives the starts and orders of a job, and notes which beats of the result are of abandoned frames."""

    def __init__(self, dut: Any, driver: Driver) -> None:
        self.dut, self.driver = dut, driver
        self.dropped: list[tuple[int, int]] = []

    def play(self, turns: list[dict[str, Any]], beats: int) -> None:
        """All turns, each started as soon as the hardware takes a start, until all beats to s_axis were taken.

        Raises HardwareError where the hardware stands still.
        """
        for turn in turns:
            if turn["abandon"] is None:
                self._start(turn)
            else:
                self._abandoned(turn)
        while int(self.dut.taken_o.value) < beats:  # the rest of an abandoned frame may be the last
            self._pause()
        self._until("Busy", False)
        self.driver.check()

    def _start(self, turn: dict[str, Any]) -> None:
        self._until("StartReady", True)
        self.dut.stall_in_i.value, self.dut.stall_out_i.value = turn["stalls"]
        for name, value in zip(("Height", "Width"), turn["size"], strict=True):
            self.driver.write(name, value)
        self.driver.order("Start")

    def _abandoned(self, turn: dict[str, Any]) -> None:
        """A frame that a soft reset ends; the hardware itself drops what is still sent of it."""
        self._until("Busy", False)
        before = int(self.dut.given_o.value)
        self._start(turn)
        while int(self.dut.taken_o.value) < turn["first"] + turn["abandon"]:
            self._pause()
        self.driver.order("SoftReset")
        self._pause()  # the beat that was offered, and the one that closes its packet
        self.dropped.append((before, int(self.dut.given_o.value)))

    def _until(self, name: str, wanted: bool) -> None:
        while self.driver.status(name) != wanted:
            self._pause()

    def _pause(self) -> None:
        if self.dut.stuck_o.value:
            raise HardwareError(f"no beat passes any more after {int(self.dut.given_o.value)} beats out")
        self.driver.bus.pause()


@cocotb.test()
async def soak(dut: Any) -> None:
    """Plays the turns of the job."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    path = Path(os.environ["SAPM_JOB"])
    job = json.loads(path.read_text())
    settings = {"stall_in": 0, "stall_out": 0, "seed": job["seed"], "beats": FOREVER, "external": 0}
    await reset(dut, settings | {"patience": job["patience"]})
    driver = Driver(SimulatedBus(dut))
    player = Player(dut, driver)
    await bridge(player.play)(job["turns"], job["beats"])
    await ClockCycles(dut.clk_i, 200)  # whatever came too much would come soon
    registers = await bridge(driver.registers)()
    result = {"dropped": player.dropped, "taken": int(dut.taken_o.value), "registers": registers}
    (path.parent / "result.json").write_text(json.dumps(result))
