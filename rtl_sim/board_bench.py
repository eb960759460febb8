"""The cocotb bench of a board wrapper: a serial line, 8N1 with flow control, that carries the bytes of a job.

What to send is read from the file that SAPM_JOB names, what came back is written to result.json beside it.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, Timer, with_timeout

PERIOD = 10
"""Nanoseconds in one cycle."""


class Line:
    """Both ends of the line; the far end pauses at random where the job says so."""

    def __init__(self, dut: Any, job: dict[str, Any]) -> None:
        self.dut = dut
        self.bit = job["bit_cycles"] * PERIOD
        self.pauses = random.Random(job["seed"]) if job["seed"] else None
        self.received: list[int] = []

    async def send(self, content: bytes) -> None:
        """Sends bytes, each when the board lets it."""
        for byte in content:
            while self.dut.rts_no.value:
                await Timer(self.bit, unit="ns")
            if self.pauses and self.pauses.random() < 0.05:
                await Timer(self.pauses.randrange(1, 20 * self.bit), unit="ns")
            await self.send_bits([0, *((byte >> position) & 1 for position in range(8)), 1])

    async def send_bits(self, bits: list[int]) -> None:
        """Puts levels on the line."""
        for level in bits:
            self.dut.rx_i.value = level
            await Timer(self.bit, unit="ns")

    async def receive(self) -> None:
        """Notes every byte of the board, for ever."""
        while True:
            await FallingEdge(self.dut.tx_o)
            await Timer(self.bit // 2, unit="ns")
            byte = 0
            for position in range(8):
                await Timer(self.bit, unit="ns")
                byte |= int(self.dut.tx_o.value) << position
            await Timer(self.bit, unit="ns")
            assert self.dut.tx_o.value, "a stop bit is missing"
            self.received.append(byte)
            if self.pauses and self.pauses.random() < 0.1:
                self.dut.cts_ni.value = 1
                await Timer(self.pauses.randrange(1, 100 * self.bit), unit="ns")
                self.dut.cts_ni.value = 0

    async def wait_for(self, count: int, patience: int) -> None:
        """Waits until `count` bytes were received, `patience` cycles for each."""
        while len(self.received) < count:
            before = len(self.received)
            for _ in range(100):
                if len(self.received) == before:
                    await ClockCycles(self.dut.clk_i, -(-patience // 100))
            assert len(self.received) > before, f"the board is silent after {before} of {count} bytes"


@cocotb.test()
async def board(dut: Any) -> None:
    """Resets the board, plays each step of the job, and writes down what the board sent."""
    path = Path(os.environ["SAPM_JOB"])
    job = json.loads(path.read_text())
    dut.rst_ni.value = 0
    dut.rx_i.value = 1
    dut.cts_ni.value = 0
    Clock(dut.clk_i, PERIOD, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk_i, 8)
    dut.rst_ni.value = 1
    await ClockCycles(dut.clk_i, 8)
    line = Line(dut, job)
    cocotb.start_soon(line.receive())
    for step in job["steps"]:
        if step["break"]:
            await line.send_bits([0] * 12 + [1] * 12)
            await ClockCycles(dut.clk_i, 20 * job["bit_cycles"])
            line.received.clear()
        sending = cocotb.start_soon(line.send(bytes.fromhex(step["send"])))
        await line.wait_for(step["expect"], job["patience"])
        await with_timeout(sending, job["patience"] * PERIOD, "ns")
    await ClockCycles(dut.clk_i, 40 * job["bit_cycles"])
    result = {"received": bytes(line.received).hex(), "error": bool(dut.error_o.value)}
    (path.parent / "result.json").write_text(json.dumps(result))
