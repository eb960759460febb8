"""Processes: a dead one is replaced and its work done again, and none outlives who started it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sapm.processes import WorkerDied, spawned

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]

PATIENCE = 600.0
"""Seconds after which a test has failed: a busy machine takes its time."""


def double(value: int) -> int:
    return 2 * value


def die_at_first(marker: Path, value: int) -> int:
    """Ends its process in the first attempt."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return double(value)


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    os._exit(code)


class PickyError(Exception):
    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def fail(kind: str) -> None:
    raise {"plain": ValueError("no such value"), "picky": PickyError(1, 2)}[kind]


def run_something(marker: Path, seconds: int) -> None:
    """Starts a program, as simulations do, and says the numbers of both processes."""
    with subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"]) as program:
        written = marker.with_suffix(".part")
        written.write_text(f"{os.getpid()} {program.pid}")
        written.replace(marker)


def lives(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(marker: Path) -> list[int]:
    end = time.monotonic() + PATIENCE
    while not marker.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return [int(number) for number in marker.read_text().split()]


def wait_until_dead(numbers: list[int]) -> None:
    end = time.monotonic() + PATIENCE
    while any(map(lives, numbers)):
        assert time.monotonic() < end, "processes live on"
        time.sleep(0.01)


def test_calls_and_failures() -> None:
    with spawned(2) as workers:
        futures = [workers.submit(double, value) for value in range(20)]
        failures = [workers.submit(fail, kind) for kind in ("plain", "picky")]
        assert [future.result() for future in futures] == [2 * value for value in range(20)]
        with pytest.raises(ValueError, match="no such value"):
            failures[0].result()
        with pytest.raises(RuntimeError, match="PickyError: 1 and 2"):
            failures[1].result()
        assert workers.submit(double, 4).result() == 8


def test_a_call_whose_process_dies_is_made_again_and_all_others_are_made(tmp_path: Path) -> None:
    told: list[str] = []
    with spawned(2, told.append) as workers:
        values = [workers.submit(die_at_first, tmp_path / "died", 1)]
        values += [workers.submit(double, value) for value in range(2, 10)]
        assert [value.result() for value in values] == [2 * value for value in range(1, 10)]
    (said,) = told
    assert re.fullmatch(r"its process (was ended by SIG|ended with).*; what it did is done again", said)


def test_a_call_that_kills_its_processes_says_so() -> None:
    with spawned(2) as workers:
        futures = [workers.submit(die, number) for number in (signal.SIGKILL, signal.SIGSEGV)]
        futures.append(workers.submit(leave, 3))
        after = workers.submit(double, 1)
        for future, said in zip(futures, ("SIGKILL, as .* memory runs out", "SIGSEGV$", "exit code 3"), strict=True):
            with pytest.raises(WorkerDied, match=said):
                future.result()
        assert after.result() == 2


def test_an_error_ends_processes_at_once_with_what_they_started(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), spawned(1) as workers:
        workers.submit(run_something, tmp_path / "running", 3600)
        waiting = workers.submit(double, 1)
        numbers = wait_for(tmp_path / "running")
        raise KeyboardInterrupt
    assert waiting.cancelled()
    wait_until_dead(numbers)


TOLD_TWICE = """
import atexit, os, signal, time
from sapm import processes
signal.signal(signal.SIGTERM, processes._exit)
atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(600)
"""


def test_a_process_that_is_told_twice_to_end_says_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", TOLD_TWICE], cwd=ROOT, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGTERM, b"")


PARENT = """
import sys
from pathlib import Path
from sapm.processes import spawned
from test_sapm_processes import run_something
if __name__ == "__main__":
    with spawned(2) as workers:
        workers.submit(run_something, Path(sys.argv[1]), 3600).result()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_their_parent(number: int, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, str(script), str(tmp_path / "running")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as parent:
        numbers = wait_for(tmp_path / "running")
        assert all(map(lives, numbers))
        parent.send_signal(number)
        parent.wait()
    wait_until_dead(numbers)
