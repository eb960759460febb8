"""A cocotb bench of a module that only passes a stream on: order, marks, protocol, pace, capacity; ready."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, Timer

Beat = tuple[int, int, int]
"""Data, end of line, end of frame."""

BEATS = 400
PHASES = ((0.0, 0.0), (0.3, 0.3), (0.8, 0.1), (0.1, 0.8), (0.5, 0.5))
"""Probability that the source, and the taker, pauses in a cycle."""


class Passage:
    """Drives the module `dut` cycle by cycle, at the falling edge, and keeps what entered and left it."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.random = random.Random(0)
        self.entered: list[Beat] = []
        self.left: list[Beat] = []
        self.offer: Beat | None = None
        self.held: Beat | None = None

    async def start(self) -> None:
        """Clock and reset."""
        Clock(self.dut.clk_i, 10, unit="ns", impl="gpi").start()
        await self.reset()

    async def reset(self) -> None:
        """Reset alone."""
        self.dut.rst_ni.value, self.dut.in_valid_i.value, self.dut.out_ready_i.value = 0, 0, 0
        for _ in range(3):
            await FallingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 1

    async def cycle(self, offering: bool, taking: bool) -> None:
        """One cycle, in which a standing offer stays; checks the module's offer against the protocol of streams."""
        dut = self.dut
        await FallingEdge(dut.clk_i)
        if offering and self.offer is None:
            eol = self.random.getrandbits(1)
            self.offer = self.random.getrandbits(len(dut.in_data_i)), eol, eol & self.random.getrandbits(1)
            dut.in_data_i.value, dut.in_eol_i.value, dut.in_eof_i.value = self.offer
        dut.in_valid_i.value = self.offer is not None
        ready = []
        for answer in (not taking, taking):
            dut.out_ready_i.value = answer
            await Timer(1, "ns")
            ready.append(int(dut.in_ready_o.value))
        await ReadOnly()
        assert ready[0] == ready[1], "ready follows that of the taker within the cycle"
        shown = self.shown()
        assert self.held in (None, shown), f"the offer of {self.held} became {shown}"
        self.held = None if taking else shown
        if shown is not None and taking:
            self.left.append(shown)
        if self.offer is not None and ready[1]:
            self.entered.append(self.offer)
            self.offer = None
        assert self.left == self.entered[: len(self.left)], f"{self.left[-1]} left after {len(self.left) - 1} beats"

    def shown(self) -> Beat | None:
        """The beat that the module offers."""
        dut = self.dut
        if not int(dut.out_valid_o.value):
            return None
        return int(dut.out_data_o.value), int(dut.out_eol_o.value), int(dut.out_eof_o.value)

    async def empty(self) -> None:
        """Takes everything, until all that entered has left."""
        for _ in range(BEATS):
            if self.offer is None and len(self.left) == len(self.entered):
                return
            await self.cycle(False, True)
        raise AssertionError(f"{len(self.left)} of {len(self.entered)} beats left")


@cocotb.test()
async def nothing_is_asked_before_the_first_reset(dut: Any) -> None:
    """Until then registers hold anything, and offers come and go: no checker may speak of it."""
    passage = Passage(dut)
    dut.rst_ni.value, dut.out_ready_i.value = 1, 0
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    for cycle in range(20):
        dut.in_valid_i.value, dut.in_data_i.value = int(cycle % 4 < 3), cycle
        await FallingEdge(dut.clk_i)
    await passage.reset()
    await passage.cycle(True, True)
    await passage.empty()


@cocotb.test()
async def beats_pass_unchanged(dut: Any) -> None:
    """Whatever both sides do, beats leave as they entered."""
    passage = Passage(dut)
    await passage.start()
    for source, taker in PHASES:
        for _ in range(BEATS):
            await passage.cycle(passage.random.random() >= source, passage.random.random() >= taker)
    await passage.empty()
    assert len(passage.entered) > BEATS


@cocotb.test()
async def a_beat_passes_every_cycle(dut: Any) -> None:
    """Without a pause no cycle is lost once the first beat has come through."""
    passage = Passage(dut)
    await passage.start()
    while not passage.left:
        await passage.cycle(True, True)
    first = len(passage.left)
    for _ in range(BEATS):
        await passage.cycle(True, True)
    assert len(passage.left) == first + BEATS


@cocotb.test()
async def it_holds_two_beats_at_least(dut: Any) -> None:
    """While nobody takes, two beats find room."""
    passage = Passage(dut)
    await passage.start()
    for _ in range(BEATS):
        await passage.cycle(True, False)
    assert len(passage.entered) >= 2
    await passage.empty()
