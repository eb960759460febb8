"""A cocotb bench that drives all cases of a primitive_cases module at once and writes what it saw to a JSON file.

The phases follow each other without a reset: no stalls (the example's frame, repeated: it measures cycles), then some
and heavy ones (frames of different sizes back to back). All happens at the falling edge, far from the registers.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, Timer

from ops.files import write_whole
from rtl_sim.primitive_cases import CASES_VARIABLE, REPORT, Case, Outcome, beats, cases

PHASES = {"no stalls": (0.0, 0.0), "some stalls": (0.3, 0.3), "starved": (0.8, 0.1), "blocked": (0.1, 0.8)}
"""Probability that the source, and the sink, pauses in a cycle."""

TIMED_FRAMES = 4
LEAST_PIXELS = 40
"""Pixels of a phase with stalls: fewer would leave to chance what is seen of a case."""

PROBED_CYCLES = 300
"""Cycles of each phase in which both answers of the taker are tried, to see whether ready follows them at once."""

SLACK = 400
"""Cycles without a beat after which a case hangs, beyond what its predicted cycles explain."""


@dataclass
class Expected:
    """One output beat that must come, and where in which frame it belongs."""

    data: int
    eol: bool
    eof: bool
    frame: int
    row: int
    column: int
    channel: int

    def place(self, lane: int = 0) -> str:
        """Where it belongs, in words."""
        return f"frame {self.frame}, row {self.row}, column {self.column}, channel {self.channel + lane}"


@dataclass
class Lane:
    """The driver and monitor of one case."""

    case: Case
    first_input: int
    index: int
    ports: list[Any]
    output: Any
    random: random.Random
    sources: list[list[tuple[int, bool, bool]]] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    offered: list[bool] = field(default_factory=list)
    received: int = 0
    held: tuple[int, bool, bool] | None = None
    frame_ends: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    first_output: int = 0
    quiet: int = 0
    patience: int = 0
    failure: str | None = None
    ready_follows: bool = False

    def load(self, frames: list[Any]) -> None:
        """Queue frames (tuples of input maps) and compute what must come out."""
        example, hardware = self.case.example, self.case.hardware
        self.sources = [[] for _ in example.types]
        self.expected, self.frame_ends, self.taken = [], [], []
        self.position = [0] * len(example.types)
        self.offered = [False] * len(example.types)
        self.received = self.quiet = 0
        for number, frame in enumerate(frames):
            for source, x, kind, lanes in zip(self.sources, frame, example.types, hardware.input_lanes, strict=True):
                source.extend(beats(x, lanes, kind.fixed.width))
            golden = example.operation.evaluate(*frame)
            stream = beats(golden, hardware.output_lanes, example.output_type.fixed.width)
            places = product(*(range(size) for size in golden.shape[1:]), range(0, len(golden), hardware.output_lanes))
            self.expected += [Expected(*beat, number, *place) for beat, place in zip(stream, places, strict=True)]
            # A first beat may wait for a whole frame and, in the worst phase, five cycles for each beat of it.
            self.patience = max(self.patience, SLACK + 8 * hardware.cycles(*frame[0].shape[1:]))

    @property
    def busy(self) -> bool:
        """Whether beats are still to be driven or to come."""
        unsent = any(self.waiting(stream) for stream in range(len(self.sources)))
        return self.failure is None and (unsent or self.received < len(self.expected))

    def waiting(self, stream: int) -> bool:
        """Whether a beat of this input is still to be taken."""
        return self.position[stream] < len(self.sources[stream])

    def offer(self, stream: int, pause: float) -> tuple[int, int, int]:
        """Valid, end of line and end of frame of one input; a standing offer is not withdrawn."""
        if not self.waiting(stream):
            return 0, 0, 0
        if not self.offered[stream] and (not pause or self.random.random() >= pause):
            self.offered[stream] = True
            self.ports[stream].value = self.sources[stream][self.position[stream]][0]
        _, eol, eof = self.sources[stream][self.position[stream]]
        return (1, eol, eof) if self.offered[stream] else (0, 0, 0)

    def accept(self, stream: int, cycle: int) -> None:
        """The offered beat of this input was taken."""
        if stream == 0:
            self.taken.append(cycle)
        self.offered[stream] = False
        self.position[stream] += 1
        self.quiet = 0

    def observe(self, valid: int, ready: int, eol: int, eof: int, cycle: int) -> None:
        """Check what the output shows in this cycle."""
        self.quiet += 1
        if self.busy and self.quiet > self.patience:
            self.failure = f"hangs: {self.received} of {len(self.expected)} output beats came"
        if not valid:
            if self.held is not None:
                self.failure = f"withdrew the offer of {self.where(self.received)}"
            return
        beat = int(self.output.value), bool(eol), bool(eof)
        if self.held is not None and beat != self.held:
            self.failure = f"changed the offer of {self.where(self.received)} from {self.held} to {beat}"
        self.held = None if ready else beat
        if ready:
            self.check(beat, cycle)

    def check(self, beat: tuple[int, bool, bool], cycle: int) -> None:
        """Compare a beat that left with the golden one."""
        self.quiet = 0
        if self.received == len(self.expected):
            self.failure = f"sent a beat too many: {beat}"
            return
        wanted = self.expected[self.received]
        if beat[0] != wanted.data:
            self.failure = self.difference(wanted, beat[0])
        elif beat[1:] != (wanted.eol, wanted.eof):
            marks = "end of line, end of frame"
            self.failure = f"{self.where(self.received)}: {marks} must be {wanted.eol, wanted.eof}, not {beat[1:]}"
        if self.received == 0:
            self.first_output = cycle
        self.received += 1
        if wanted.eof:
            self.frame_ends.append(cycle)

    def latency(self) -> int:
        """Cycles from the last input beat that the first output pixel needs to the first output beat."""
        x, lanes = self.case.example.inputs[0], self.case.hardware.input_lanes[0]
        needed = int(self.case.hardware.reach(*x.shape[1:])[0])
        return self.first_output - self.taken[(needed + 1) * (len(x) // lanes) - 1]

    def where(self, beat: int) -> str:
        """Place of an output beat in words."""
        return self.expected[beat].place() if beat < len(self.expected) else "a beat after the last"

    def difference(self, wanted: Expected, found: int) -> str:
        """The first lane of a beat that is wrong, with both values."""
        fixed = self.case.example.output_type.fixed
        for lane in range(self.case.hardware.output_lanes):
            pair = []
            for word in (wanted.data, found):
                value = (word >> (lane * fixed.width)) & ((1 << fixed.width) - 1)
                pair.append(value - (1 << fixed.width) if value > fixed.high else value)
            if pair[0] != pair[1]:
                return f"{wanted.place(lane)}: must be {pair[0]}, not {pair[1]}"
        raise AssertionError("the beats are equal")


async def phase(dut: Any, lanes: list[Lane], pauses: tuple[float, float], cycle: int) -> int:
    """Run until every lane has sent and received everything, or failed; the cycle after."""
    in_pause, out_pause = pauses
    probed_until = cycle + PROBED_CYCLES
    while any(lane.busy for lane in lanes):
        await FallingEdge(dut.clk_i)
        valid = eol = eof = ready = 0
        for lane in lanes:
            for stream in range(len(lane.sources)):
                bit = lane.first_input + stream
                offer = lane.offer(stream, in_pause)
                valid, eol, eof = valid | offer[0] << bit, eol | offer[1] << bit, eof | offer[2] << bit
            ready |= (not out_pause or lane.random.random() >= out_pause) << lane.index
        dut.in_valid.value, dut.in_eol.value, dut.in_eof.value = valid, eol, eof
        if cycle < probed_until:
            await probe(dut, lanes, ready)
        dut.out_ready.value = ready
        await ReadOnly()
        taken = int(dut.in_ready.value) & valid
        shown, out_eol, out_eof = int(dut.out_valid.value), int(dut.out_eol.value), int(dut.out_eof.value)
        for lane in lanes:
            for stream in range(len(lane.sources)):
                if (taken >> (lane.first_input + stream)) & 1:
                    lane.accept(stream, cycle)
            out_valid, out_ready, line, frame = ((v >> lane.index) & 1 for v in (shown, ready, out_eol, out_eof))
            if lane.failure is None:
                lane.observe(out_valid, out_ready, line, frame, cycle)
        cycle += 1
    return cycle


async def probe(dut: Any, lanes: list[Lane], ready: int) -> None:
    """Notes whose input's ready changes when the ready of its taker does, between two edges of the clock."""
    answers = []
    for answer in (ready ^ ((1 << len(lanes)) - 1), ready):
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


def make_lanes(dut: Any, chosen: list[Case]) -> list[Lane]:
    """One lane for each case, in the order of the shared vectors."""
    lanes, inputs = [], 0
    for index, case in enumerate(chosen):
        ports = [getattr(dut, f"{case.name}_in{i}") for i in range(len(case.example.types))]
        lanes.append(Lane(case, inputs, index, ports, getattr(dut, f"{case.name}_out"), random.Random(case.label)))
        inputs += len(ports)
    return lanes


@cocotb.test()
async def all_cases(dut: Any) -> None:
    """Every phase over every case; failures go to the report, not to this test."""
    chosen = cases(os.environ[CASES_VARIABLE].split(","))
    lanes = make_lanes(dut, chosen)
    dut.in_valid.value, dut.out_ready.value, dut.rst_ni.value = 0, 0, 0
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    await Timer(55, unit="ns")
    await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1
    cycle, report = 0, {case.label: Outcome(None, 0, 0) for case in chosen}
    for name, pauses in PHASES.items():
        # A lane that failed keeps its standing offer, as the law demands, and is watched no more.
        for lane in (lane for lane in lanes if lane.failure is None):
            frames = lane.case.frames()
            mixed = [*frames, frames[0]]
            lane.load(frames[:1] * TIMED_FRAMES if name == "no stalls" else mixed * repeats(mixed))
        cycle = await phase(dut, lanes, pauses, cycle)
        for label, lane in ((lane.case.label, lane) for lane in lanes):
            if lane.failure and report[label].failure is None:
                report[label] = replace(report[label], failure=f"{label}, {name}: {lane.failure}")
            elif lane.failure is None and name == "no stalls":
                report[label] = Outcome(None, lane.frame_ends[-1] - lane.frame_ends[-2], lane.latency())
            report[label] = replace(report[label], ready_follows=lane.ready_follows)
    write_whole(Path(REPORT), json.dumps({label: asdict(seen) for label, seen in report.items()}).encode())
