"""Mutants of the RTL, of the C++ templates and of Python, and how many of them benches and tests of `make test` kill.

    .venv/bin/python -m bench.mutants rtl           # or templates, python: run those that are left, for hours
    .venv/bin/python -m bench.mutants score         # what is known, and who survives

What is found is written to RECORD as soon as it is, so a run may be broken off, and goes on where it was. Mutants of a
file that has changed are run anew.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path

from bench.mutation.mutant import ROOT
from bench.mutation.record import MutantRecord
from bench.mutation.score import Score

KINDS = ("rtl", "templates", "python")
REASONS = Path(__file__).parent / "mutation" / "equivalent.toml"
"""Mutants that are no faults, by kind and label, and why."""


def rtl(record: MutantRecord, folder: Path, sample: int | None) -> None:
    """Mutants of SystemVerilog; the quickest benches first, all cases for who survives them."""
    from bench.mutation.designs import designs  # noqa: PLC0415
    from bench.mutation.hardware import PrimitiveBench  # noqa: PLC0415

    benches = [
        PrimitiveBench(folder / "primitives", 6, 200),
        *designs(folder),
        PrimitiveBench(folder / "all", None, 400),
    ]
    for bench in benches:
        bench.run(record, sample)


def templates(record: MutantRecord, folder: Path, sample: int | None) -> None:
    """Mutants of C++."""
    from bench.mutation.templates import TemplateBench  # noqa: PLC0415

    TemplateBench(folder / "templates").run(record, sample)


def python(record: MutantRecord, folder: Path, sample: int | None) -> None:
    """Mutants of golden semantics and of generators."""
    from bench.mutation.software import BENCHES  # noqa: PLC0415

    for bench in BENCHES[:1]:
        bench.run(record, sample)


RUNS: dict[str, Callable[[MutantRecord, Path, int | None], None]] = {
    "rtl": rtl,
    "templates": templates,
    "python": python,
}


def show(kind: str, record: MutantRecord) -> None:
    """Print a score."""
    reasons = tomllib.loads(REASONS.read_text()).get(kind, {})
    score = Score.of(record, reasons)
    print(f"{kind}: {score.killed} of {score.run} killed, {score.equivalent} equivalent: {100 * score.share:.1f} %")
    print("".join(f"  survives: {label}\n" for label in score.survivors), end="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*KINDS, "score"])
    parser.add_argument("--record", type=Path, default=ROOT / "build" / "mutants", help="folder; default: %(default)s")
    parser.add_argument("--sample", type=int, help="mutants of each bench at most; default: all that are left")
    arguments = parser.parse_args()
    folder = arguments.record.resolve()
    for kind in KINDS if arguments.what == "score" else [arguments.what]:
        record = MutantRecord(folder / f"{kind}.jsonl")
        if arguments.what != "score":
            RUNS[kind](record, folder, arguments.sample)
        show(kind, record)


if __name__ == "__main__":
    main()
