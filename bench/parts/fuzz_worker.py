"""Does the cases of bench/fuzz_inputs.py whose numbers come in, and says what happened, two lines for each."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from bench.parts.fuzz_kinds import MutatedFile, SampleFiles, all_kinds, choose
from ops.files.text import visible

EXPECTED = (0, 1, 2)
"""Exit codes: done, refused, wrong usage."""


COMPILED, COMPILING_SECONDS, COMPILING_MB = ("picture", "compressed"), 600, 1 << 20
"""Kinds for which loops are compiled, and how long that may take."""


class Hang(BaseException):
    """A case took too much processor time."""


def _stop(*_: Any) -> NoReturn:
    raise Hang


def attempt(case: MutatedFile, work: Path, seconds: int, memory_mb: int) -> tuple[str, str]:
    """The outcome of a case, and what was printed."""
    folder, out = work / "case", work / "out"
    for path in (folder, out):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
    for name, data in {**case.kind.samples, case.name: case.data}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    printed = io.StringIO()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = case.kind.read(folder, case.name, out)
    except Hang:
        return "hang", printed.getvalue()
    except BaseException as error:
        return "crash", f"{printed.getvalue()}{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    said = printed.getvalue()
    if code not in EXPECTED:
        return "crash", said
    if "not enough memory" in said or peak_mb() > memory_mb:
        return "memory", f"{said} ({peak_mb()} MB)"
    if visible(said) != said:
        return "escape", repr(said)
    return ("read" if code == 0 else "refused"), said


def warm_up(kinds: Sequence[SampleFiles], work: Path) -> None:
    """Reads a sound file where loops are compiled, which takes longer than a case may where none are kept."""
    for kind in kinds:
        if kind.name in COMPILED:
            name, data = next(iter(kind.samples.items()))
            attempt(MutatedFile(kind, name, data), work, COMPILING_SECONDS, COMPILING_MB)


def peak_mb() -> int:
    """Most memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    """Answers until there are no more lines."""
    seed, output, seconds, memory_mb = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    answers = sys.stdout
    signal.signal(signal.SIGPROF, _stop)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        with contextlib.redirect_stdout(io.StringIO()):
            kinds = all_kinds(work)
        warm_up(kinds, work)
        before = peak_mb()
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            case = choose(kinds, seed, int(line))
            print(case.kind.name, file=answers, flush=True)
            outcome, said = attempt(case, work, seconds, before + memory_mb)
            if outcome not in ("read", "refused"):
                (output / f"{seed}-{int(line)}-{outcome}-{Path(case.name).name}").write_bytes(case.data)
            answer = {"index": int(line), "kind": case.kind.name, "outcome": outcome, "said": said.strip()}
            print(json.dumps(answer), file=answers, flush=True)
            if outcome == "memory":
                return  # the peak stays: another process does the next
            gc.collect(0)


if __name__ == "__main__":
    main()
