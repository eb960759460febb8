"""The driver and the monitor of one case of a primitive: what it is sent, what must come out, what is wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from rtl_sim.primitive_cases import Case, beats

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
        if self.quiet > self.patience and self.busy:
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
