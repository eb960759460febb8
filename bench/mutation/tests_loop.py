"""A cocotb bench that brings one mutant after the other to life, and runs the tests of another bench on each.

The first test that fails kills a mutant. A bench that writes down what it saw, and leaves the judgement to who reads
it, must see of a mutant what it sees of sound hardware, with the same jobs: mutant 0.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import cocotb
from cocotb._decorators import TestGenerator

BENCH, HANDLE, MUTANTS, FOUND = "SAPM_BENCH", "SAPM_HANDLE", "SAPM_MUTANTS", "SAPM_FOUND"
"""Environment: the module of the bench, the path of the variable below the top, the numbers of the mutants, and the
file to which what was found of each goes as soon as it is."""

JOBS, JOB, RESULT = "SAPM_JOBS", "SAPM_JOB", "result.json"
"""Environment: the jobs of a bench that writes its result beside its job, and the name by which it knows a job."""

PATIENCE_MS = 20
"""Simulated time after which a test hangs."""

said: dict[int, str | None] = {}
sound: dict[str, str] = {}

Test = Callable[[Any], Coroutine[Any, Any, None]]


async def judged(dut: Any, number: int, name: str, test: Test, job: str) -> None:
    """Run one test, and its result against that of sound hardware."""
    if said.get(number):
        return
    target = dut
    for part in os.environ[HANDLE].split("."):
        target = getattr(target, part)
    target.value = number
    said[number] = f"{name} did not end"
    os.environ[JOB] = job
    await test(dut)
    if job:
        result = (Path(job).parent / RESULT).read_text()
        if result != sound.setdefault(job, result):
            raise AssertionError("the result differs from that of sound hardware")
    said[number] = None


def written(number: int) -> None:
    """Note what is known of a mutant."""
    with Path(os.environ[FOUND]).open("a") as file:
        file.write(json.dumps([number, said[number]]) + "\n")


def define(place: int, number: int, name: str, test: Test, job: str, last: bool) -> None:
    """A cocotb test of this module: one mutant under one test."""

    async def run(dut: Any) -> None:
        try:
            await judged(dut, number, name, test, job)
        except Exception as error:
            said[number] = f"{name}: {type(error).__name__}: {str(error)[:200]}"
        finally:
            if last:
                written(number)

    run.__name__ = run.__qualname__ = f"t{place:06}"
    globals()[run.__name__] = cocotb.test(timeout_time=PATIENCE_MS, timeout_unit="ms")(run)


def define_all() -> None:
    """All tests of all mutants; before and after them those of sound hardware."""
    bench = importlib.import_module(os.environ[BENCH])
    tests = [(name, value.func) for name, value in vars(bench).items() if isinstance(value, TestGenerator)]
    runs = [(name, test, job) for name, test in tests for job in json.loads(os.environ.get(JOBS, '[""]'))]
    place = 0
    for number in [0, *json.loads(os.environ[MUTANTS]), 0]:
        for index, (name, test, job) in enumerate(runs):
            define(place, number, name, test, job, index == len(runs) - 1)
            place += 1


if BENCH in os.environ:
    define_all()
