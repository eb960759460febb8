"""Mutants of Python under the tests: these are collected once, and for each mutant a forked process runs them."""

from __future__ import annotations

import io
import os
import resource
import select
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.mutation.mutant import ROOT, Mutant
from bench.mutation.python import Finder
from bench.mutation.record import MutantRecord

SECONDS = 300
"""Of processor time. A mutant under which the tests take longer hangs, and is killed."""

ASLEEP_SECONDS = 3600
"""By the clock: so long waits only who waits for ever."""


class FirstFailure:
    """A plugin of pytest that runs the tests of a mutant in a process of its own, and remembers what failed first."""

    def __init__(self, finder: Finder, waiting: list[Mutant], record: MutantRecord, name: str) -> None:
        self.finder, self.waiting, self.record, self.name = finder, waiting, record, name
        self.failure = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the first failure."""
        if report.failed and not self.failure:
            self.failure = f"{report.nodeid.rpartition('/')[2]}"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of the tests: the tests of every mutant, if sound modules pass them."""
        if session.testsfailed:
            raise pytest.UsageError("the tests cannot be collected")
        for mutant in [None, *self.waiting]:
            begin = time.monotonic()
            killer = self._forked(session, mutant)
            if mutant is None and killer:
                raise pytest.UsageError(f"without a mutant: {killer}")
            if mutant is not None:
                self.record.add(mutant, self.name, killer, time.monotonic() - begin)
        return True

    def _forked(self, session: pytest.Session, mutant: Mutant | None) -> str | None:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            os.setpgid(0, 0)  # a group to end, and no session: it would have a share of the processor of its own
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            self.finder.live = mutant.number if mutant else 0
            os.write(writing, self._tests(session, mutant.file if mutant else "").encode()[:4000])
            os._exit(0)
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], ASLEEP_SECONDS)
        if not ready:
            os.killpg(child, signal.SIGKILL)
        said = b"the tests hang" if not ready else os.read(reading, 5000)
        _, status = os.waitpid(child, 0)
        os.close(reading)
        return said.decode() or (f"the process died: {status}" if status else None)

    def _tests(self, session: pytest.Session, file: str) -> str:
        """What fails first: of the tests with the name of the file's primitive, then of all."""
        name = "".join(word.capitalize() for word in Path(file).parent.name.split("_"))
        items = sorted(session.items, key=lambda item: bool(file) and name not in item.nodeid)
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failure:
                break
        return self.failure


@dataclass(frozen=True)
class PythonBench:
    """Files of the project, and the tests that see them, the quickest first."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    marks: str = ""
    """Which of the tests, as pytest's option -m says it."""

    def run(self, record: MutantRecord, sample: int | None) -> None:
        """Run all mutants, or so many, that wait for this bench; in a process of its own, which imports them anew."""
        child = os.fork()
        if not child:
            os._exit(self._run(record, sample))
        _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError(f"the tests of {self.name} cannot be run")

    def _run(self, record: MutantRecord, sample: int | None) -> int:
        finder = Finder(self.files, self.left_out)
        waiting = record.waiting(finder.mutants, self.name)[:sample]
        if not waiting:
            return 0
        finder.install()
        sys.path.insert(0, str(ROOT / "tests"))
        plugin = FirstFailure(finder, waiting, record, self.name)
        arguments = [
            "-q",
            "-p",
            "no:cacheprovider",
            "-W",
            "ignore",
            "-m",
            self.marks,
            *(f"tests/{name}.py" for name in self.tests),
        ]
        os.chdir(ROOT)
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = pytest.main(arguments, plugins=[plugin])
        if code not in (0, 5):
            print(said.getvalue()[-3000:])
        return int(code not in (0, 5))


def _existing(*patterns: str) -> tuple[str, ...]:
    return tuple(sorted(path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)))


NO_HARDWARE = "not slow and not rtl"

PRIMITIVES = tuple(file for file in _existing("ops/*/__init__.py") if (ROOT / file).with_name("vector.py").exists())

SEMANTICS = (*PRIMITIVES, "ops/square_root.py", "ops/windows.py", "ops/packing.py", "ops/shift_conv2d/codes.py")
OF_HARDWARE = ("hardware", "codes", "_folded", "_words", "_base_of", "_bases", "_reach", "WindowSchedule")
BOARD = "hls/rtl/board.py"
BOTH = _existing("hls/dataflow/*.py")
OF_RTL = (*BOTH, *(file for file in _existing("hls/rtl/*.py") if file != BOARD))
OF_HLS = _existing("hls/vitis/*.py")

BENCHES = (
    PythonBench(
        "semantics",
        SEMANTICS,
        (
            *("test_ops_limits", "test_ops_examples", "test_ops_bounds", "test_ops_onnx", "test_ops_shift_codes"),
            "test_ops_software_lanes",
        ),
        OF_HARDWARE,
    ),
    PythonBench(
        "other tests of semantics",
        SEMANTICS,
        (
            *("test_ops_rtl", "test_ops_banks", "test_ops_counting", "test_ops_lint", "test_hls_fold_folding"),
            *("test_ops_software_strips", "test_model_lowering", "test_hls_estimates_resources"),
        ),
        OF_HARDWARE,
        NO_HARDWARE,
    ),
    PythonBench(
        "generators of RTL",
        OF_RTL,
        (
            *("test_hls_dataflow_fifo", "test_hls_dataflow_times", "test_hls_vitis_streams"),
            *("test_hls_dataflow_windows", "test_hls_fold_folding", "test_rtl_sim_taps", "test_hls_rtl"),
            *("test_hls_estimates_resources", "test_hls_boards", "test_hls_synth"),
        ),
        marks=NO_HARDWARE,
    ),
    PythonBench(
        "generators of HLS",
        OF_HLS,
        ("test_hls_vitis_streams", "test_hls_vitis_wrapper", "test_hls_vitis_simulation"),
    ),
    PythonBench("the board", (BOARD,), ("test_hls_rtl_board", "test_rtl_sim_board")),
    PythonBench(
        "RTL in simulation",
        (*OF_RTL, "hls/vitis/wrapper.py"),
        ("test_rtl_sim_occupancy", "test_rtl_sim_foreign", "test_hls_dataflow_windows", "test_rtl_sim_squares"),
        marks="rtl",
    ),
    PythonBench(
        "both in C simulation",
        (*BOTH, *OF_HLS),
        (
            *("test_hls_vitis", "test_hls_vitis_cycles", "test_hls_vitis_depths", "test_hls_vitis_windows"),
            *("test_hls_vitis_faults", "test_hls_vitis_synthesis"),
        ),
    ),
)
"""What is mutated of Python, and the tests of it."""
