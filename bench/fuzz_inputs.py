"""Mutated files of every kind that a command reads: none may crash, hang or take much memory.

    .venv/bin/python -m bench.fuzz_inputs [--count 100000] [--workers 1] [--seed 0] [--output findings]

Crashes are tracebacks, exit code 70 and dead processes; hangs, cases above 10 seconds of processor time; and a case may
take 1 GB. What is found is kept in a folder. Exit code 1 where anything is. A number with --only is one case alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SECONDS, MEMORY_MB = 10, 1024
TOLD = 1000
"""Cases after which a long run says how far it is."""

PATIENCE = 900
"""Seconds of the clock for a case, and for the start of a worker: a busy machine gives little processor time."""


@dataclass
class Tally:
    """What happened, by kind and outcome; and what must not happen."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, answer: dict[str, Any]) -> None:
        """Takes what a worker says of a case."""
        with self.lock:
            self.outcomes[answer["kind"], answer["outcome"]] += 1
            if self.outcomes.total() % TOLD == 0:
                print(f"{self.outcomes.total()} cases, {len(self.findings)} findings", flush=True)
            if answer["outcome"] not in ("read", "refused"):
                self.findings.append(answer)
                print(
                    f"case {answer['index']} ({answer['kind']}): {answer['outcome']}: {answer['said'][-300:]}",
                    flush=True,
                )


class Worker:
    """A process that does cases, started anew where it dies or hangs."""

    def __init__(self, seed: int, output: Path) -> None:
        self.command = [
            sys.executable,
            "-m",
            "bench.parts.fuzz_worker",
            str(seed),
            str(output),
            str(SECONDS),
            str(MEMORY_MB),
        ]
        self.process: subprocess.Popen[str] | None = None

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        if self._line(process, PATIENCE) != "ready":
            raise RuntimeError("a worker must start, and does not")
        return process

    @staticmethod
    def _line(process: subprocess.Popen[str], seconds: float) -> str:
        """What a worker says next; empty where it dies or takes longer, and then it is killed."""
        assert process.stdout is not None
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            return process.stdout.readline().strip()
        finally:
            timer.cancel()

    def do(self, index: int) -> dict[str, Any]:
        """One case."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._start()
        assert self.process.stdin is not None
        start = time.monotonic()
        self.process.stdin.write(f"{index}\n")
        self.process.stdin.flush()
        kind = self._line(self.process, PATIENCE)
        line = self._line(self.process, PATIENCE)
        if line:
            answer: dict[str, Any] = json.loads(line)
            if answer["outcome"] == "memory":
                self.process.wait()  # it ends by itself
            return answer
        code = self.process.wait()
        hung = time.monotonic() - start > PATIENCE - 1
        return {
            "index": index,
            "kind": kind,
            "outcome": "hang" if hung else "crash",
            "said": f"the process ended: {code}",
        }

    def end(self) -> None:
        """Lets the process end."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def run(indices: range, workers: int, seed: int, output: Path, seconds: float) -> Tally:
    """Does cases in so many processes, until they are done or the seconds have passed."""
    tally, numbers, end = Tally(), iter(indices), time.monotonic() + seconds

    def serve() -> None:
        worker = Worker(seed, output)
        try:
            while time.monotonic() < end:
                with tally.lock:
                    index = next(numbers, None)
                if index is None:
                    break
                tally.add(worker.do(index))
        except (OSError, RuntimeError) as error:
            tally.add({"index": -1, "kind": "worker", "outcome": "crash", "said": str(error)})
        finally:
            worker.end()

    threads = [threading.Thread(target=serve) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def main() -> int:
    """Runs what the command line says; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", type=int, help="one case alone")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--output", type=Path, default=Path(tempfile.gettempdir()) / "sapm-fuzz", help="for findings")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    first, count = (chosen.first, chosen.count) if chosen.only is None else (chosen.only, 1)
    tally = run(range(first, first + count), chosen.workers, chosen.seed, chosen.output, chosen.minutes * 60)
    for kind in sorted({kind for kind, _ in tally.outcomes}):
        rows = {outcome: number for (of, outcome), number in sorted(tally.outcomes.items()) if of == kind}
        print(f"{kind}: {sum(rows.values())} ({', '.join(f'{number} {outcome}' for outcome, number in rows.items())})")
    print(f"{tally.outcomes.total()} cases, {len(tally.findings)} findings in {chosen.output}")
    return int(bool(tally.findings) or tally.outcomes.total() < 1)


if __name__ == "__main__":
    raise SystemExit(main())
