"""A cocotb bench that drives all cases of a primitive_cases module at once and writes what it saw to a JSON file.

The phases follow each other without a reset: no stalls (the example's frame, repeated: it measures cycles), then some
and heavy ones (frames of different sizes back to back). All happens at the falling edge, far from the registers.
"""

from __future__ import annotations

import json
import math
import os
import random
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, Timer

from ops.files import write_whole
from rtl_sim.primitive_cases import CASES_VARIABLE, REPORT, Case, Outcome, cases
from rtl_sim.primitive_lane import Lane

PHASES = {"no stalls": (0.0, 0.0), "some stalls": (0.3, 0.3), "starved": (0.8, 0.1), "blocked": (0.1, 0.8)}
"""Probability that the source, and the sink, pauses in a cycle."""

TIMED_FRAMES = 4
LEAST_PIXELS = 40
"""Pixels of a phase with stalls: fewer would leave to chance what is seen of a case."""

BROKEN_OFF = 60
"""Cycles of a frame before the reset that breaks it off."""

RESET_CYCLES = 1
"""The shortest reset: nothing is flushed that is not reset."""

PROBED_CYCLES = 300
"""Cycles of each phase in which both answers of the taker are tried, to see whether ready follows them at once."""


class Idle:
    """Lanes with nothing more to send or receive, as masks of the shared vectors: theirs must stay silent.

    A lane that failed keeps its standing offer, as the protocol demands, and is watched no more.
    """

    def __init__(self) -> None:
        self.offers, self.ready, self.silent = (0, 0, 0), 0, 0

    def without_idle(self, lanes: list[Lane]) -> list[Lane]:
        """Those of the lanes that are busy; the others are idle from now on."""
        busy = []
        for lane in lanes:
            if lane.busy:
                busy.append(lane)
            else:
                self._add(lane)
        return busy

    def _add(self, lane: Lane) -> None:
        self.ready |= 1 << lane.index
        if lane.failure is None:
            self.silent |= 1 << lane.index
        for stream, offered in enumerate(lane.offered):
            if offered:
                _, eol, eof = lane.sources[stream][lane.position[stream]]
                self.offers = joined(self.offers, (1, eol, eof), lane.first_input + stream)


def joined(vectors: tuple[int, int, int], bits: tuple[int, int, int], place: int) -> tuple[int, int, int]:
    """The vectors with one bit more of each at `place`."""
    valid, eol, eof = vectors
    return valid | bits[0] << place, eol | bits[1] << place, eof | bits[2] << place


def drive(lanes: list[Lane], idle: Idle, pauses: tuple[float, float]) -> tuple[tuple[int, int, int], int]:
    """What all inputs offer in this cycle, and the ready of all outputs."""
    in_pause, out_pause = pauses
    offers, ready = idle.offers, idle.ready
    for lane in lanes:
        for stream in range(len(lane.sources)):
            offers = joined(offers, lane.offer(stream, in_pause), lane.first_input + stream)
        ready |= (not out_pause or lane.random.random() >= out_pause) << lane.index
    return offers, ready


async def phase(dut: Any, lanes: list[Lane], pauses: tuple[float, float], cycle: int, most: int | None = None) -> int:
    """Run until every lane has sent and received everything, or failed, or for `most` cycles; the cycle after."""
    probed_until, end = cycle + PROBED_CYCLES, math.inf if most is None else cycle + most
    busy, idle = lanes, Idle()
    while True:
        busy = idle.without_idle(busy)
        if not busy or cycle >= end:
            return cycle
        await FallingEdge(dut.clk_i)
        (valid, eol, eof), ready = drive(busy, idle, pauses)
        dut.in_valid.value, dut.in_eol.value, dut.in_eof.value = valid, eol, eof
        if cycle < probed_until:
            await probe(dut, lanes, ready)
        dut.out_ready.value = ready
        await ReadOnly()
        watch(dut, lanes, busy, idle, valid, ready, cycle)
        cycle += 1


def watch(dut: Any, lanes: list[Lane], busy: list[Lane], idle: Idle, valid: int, ready: int, cycle: int) -> None:
    """Note what was taken in this cycle, and check what all outputs show."""
    taken = int(dut.in_ready.value) & valid
    shown, eol, eof = int(dut.out_valid.value), marks(dut.out_eol), marks(dut.out_eof)
    for lane in busy:
        for stream in range(len(lane.sources)):
            if (taken >> (lane.first_input + stream)) & 1:
                lane.accept(stream, cycle)
    noisy = [lane for lane in lanes if (shown & idle.silent) >> lane.index & 1] if shown & idle.silent else []
    for lane in busy + noisy:
        if lane.failure is None:
            out_valid, out_ready, line, frame = ((v >> lane.index) & 1 for v in (shown, ready, eol, eof))
            lane.observe(out_valid, out_ready, line, frame, cycle)


def marks(port: Any) -> int:
    """The marks of all outputs; those of no beat may be unknown, where a simulator has such a value."""
    value = port.value
    try:
        return int(value)
    except ValueError:
        return int(value.resolve("zeros"))


async def probe(dut: Any, lanes: list[Lane], ready: int) -> None:
    """Notes whose input's ready changes when the ready of its taker does, between two edges of the clock."""
    answers = []
    for answer in (ready ^ ((1 << len(dut.out_ready)) - 1), ready):
        dut.out_ready.value = answer
        await Timer(1, unit="ns")
        answers.append(int(dut.in_ready.value))
    changed = answers[0] ^ answers[1]
    for lane in lanes:
        inputs = (1 << len(lane.sources)) - 1
        lane.ready_follows |= bool((changed >> lane.first_input) & inputs)


def repeats(frames: list[Any]) -> int:
    """How often these frames make a phase."""
    return -(-LEAST_PIXELS // sum(x[0].size for x, *_ in frames))


def make_lanes(dut: Any, chosen: list[Case], kind: type[Lane] = Lane) -> list[Lane]:
    """One lane of a kind for each case, in the order of the shared vectors."""
    lanes, inputs = [], 0
    for index, case in enumerate(chosen):
        ports = [getattr(dut, f"{case.name}_in{i}") for i in range(len(case.example.types))]
        lanes.append(kind(case, inputs, index, ports, getattr(dut, f"{case.name}_out"), random.Random(case.label)))
        inputs += len(ports)
    return lanes


async def start(dut: Any, lanes: list[Lane]) -> None:
    """Reset in the middle of a frame: nothing of it may be left."""
    await reset(dut)
    for lane in lanes:
        lane.load(lane.case.frames()[:1])
    await phase(dut, lanes, PHASES["some stalls"], 0, BROKEN_OFF)
    for lane in lanes:
        lane.held, lane.ready_follows = None, False
    await reset(dut)


async def reset(dut: Any) -> None:
    """Nothing offered, nothing taken, for some cycles."""
    await FallingEdge(dut.clk_i)
    dut.in_valid.value, dut.out_ready.value, dut.rst_ni.value = 0, 0, 0
    for _ in range(RESET_CYCLES):
        await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1


def load(lane: Lane, name: str) -> None:
    """Queue the frames of a phase."""
    frames = lane.case.frames()
    mixed = [*frames, frames[0]]
    lane.load(frames[:1] * TIMED_FRAMES if name == "no stalls" else mixed * repeats(mixed))


async def outcomes(dut: Any, lanes: list[Lane]) -> dict[str, Outcome]:
    """What every phase shows of every case, by its label."""
    await start(dut, lanes)
    cycle, report = 0, {lane.case.label: Outcome(lane.failure, 0, 0) for lane in lanes}
    for name, pauses in PHASES.items():
        # A lane that failed keeps its standing offer, as the protocol demands, and is watched no more.
        for lane in (lane for lane in lanes if lane.failure is None):
            load(lane, name)
        cycle = await phase(dut, lanes, pauses, cycle)
        for label, lane in ((lane.case.label, lane) for lane in lanes):
            if lane.failure and report[label].failure is None:
                report[label] = replace(report[label], failure=f"{label}, {name}: {lane.failure}")
            elif lane.failure is None and name == "no stalls":
                report[label] = Outcome(None, lane.frame_ends[-1] - lane.frame_ends[-2], lane.latency())
            report[label] = replace(report[label], ready_follows=lane.ready_follows)
    return report


@cocotb.test()
async def all_cases(dut: Any) -> None:
    """Every phase over every case; failures go to the report, not to this test."""
    labels = set(json.loads(Path(os.environ[CASES_VARIABLE]).read_text()))
    lanes = make_lanes(dut, [case for case in cases() if case.label in labels])
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    report = await outcomes(dut, lanes)
    write_whole(Path(REPORT), json.dumps({label: asdict(seen) for label, seen in report.items()}).encode())
