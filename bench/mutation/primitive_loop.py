"""A cocotb bench that brings one mutant after the other to life, and shows each the cases of `rtl_sim.primitive_bench`.

A mutant is killed by the first case that fails, or that takes other cycles than those of its hardware.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from bench.mutation.verilog import VARIABLE
from rtl_sim.primitive_bench import make_lanes, outcomes
from rtl_sim.primitive_cases import CASES_VARIABLE, Case, Outcome, cases
from rtl_sim.primitive_lane import Lane

MUTANTS_VARIABLE, FOUND_VARIABLE, DRIVEN_VARIABLE = "SAPM_MUTANTS", "SAPM_FOUND", "SAPM_DRIVEN"
"""Environment: the numbers of the mutants, the file to which what was found of each goes as soon as it is, and the
labels of the cases that are driven."""


class Impatient(Lane):
    """A lane that ends, with all others, when one has failed."""

    failed = False

    @property
    def busy(self) -> bool:
        """Whether there is more to do."""
        if self.failure is not None:
            Impatient.failed = True
        return not Impatient.failed and super().busy


def fault(case: Case, seen: Outcome) -> str | None:
    """What is wrong with the outcome of a case."""
    if seen.failure is not None:
        return seen.failure
    hardware, example = case.hardware, case.example
    wanted = hardware.cycles(*example.inputs[0].shape[1:])
    if seen.cycles != wanted:
        return f"{case.label}: a frame takes {seen.cycles} cycles, not {wanted}"
    words = example.types[0].channels // hardware.input_lanes[0]
    if not 0 <= hardware.latency - seen.latency < words + case.folding.interleave - 1:
        return f"{case.label}: the latency is {seen.latency}"
    if seen.ready_follows != hardware.passes_ready:
        return f"{case.label}: ready follows: {seen.ready_follows}"
    return None


async def found(dut: Any, built: list[Case], driven: set[str]) -> str | None:
    """What those cases that are driven say against the hardware as it is now."""
    Impatient.failed = False
    lanes = [lane for lane in make_lanes(dut, built, Impatient) if lane.case.label in driven]
    try:
        report = await outcomes(dut, lanes)
    except IndexError:  # What is measured of frames was not there.
        report = {}
    failure = next((lane.failure for lane in lanes if lane.failure), None)
    return failure or next(filter(None, (fault(lane.case, report[lane.case.label]) for lane in lanes)), None)


@cocotb.test()
async def mutants(dut: Any) -> None:
    """All mutants, sound hardware before and after them; what is found of each is a line of the file."""
    labels = set(json.loads(Path(os.environ[CASES_VARIABLE]).read_text()))
    built, driven = [case for case in cases() if case.label in labels], set(json.loads(os.environ[DRIVEN_VARIABLE]))
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    with Path(os.environ[FOUND_VARIABLE]).open("a") as file:
        for number in [0, *json.loads(os.environ[MUTANTS_VARIABLE]), 0]:
            await FallingEdge(dut.clk_i)
            getattr(dut, VARIABLE).value = number
            file.write(json.dumps([number, await found(dut, built, driven)]) + "\n")
            file.flush()
