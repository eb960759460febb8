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
from typing import Protocol

from bench.mutation.mutant import ROOT
from bench.mutation.record import MutantRecord
from bench.mutation.score import Score

REASONS = Path(__file__).parent / "mutation" / "equivalent.toml"
"""Mutants that are no faults, by kind and label, and why."""


class MutantBench(Protocol):
    """Runs mutants of a record that wait for it, `sample` of them at most."""

    @property
    def name(self) -> str: ...

    def run(self, record: MutantRecord, sample: int | None) -> None: ...


def rtl(folder: Path) -> list[MutantBench]:
    """Benches of SystemVerilog, the quickest first; proofs and all cases for who survives them."""
    from bench.mutation.designs import designs  # noqa: PLC0415
    from bench.mutation.hardware import PrimitiveBench  # noqa: PLC0415
    from bench.mutation.proofs import ProofBench  # noqa: PLC0415

    quick, thorough = PrimitiveBench(folder / "primitives", 6, 200), PrimitiveBench(folder / "all", None, 8000)
    return [quick, *designs(), ProofBench(), thorough]


def templates(folder: Path) -> list[MutantBench]:
    """The bench of C++."""
    from bench.mutation.templates import TemplateBench  # noqa: PLC0415

    return [TemplateBench(folder / "templates")]


def python(_: Path) -> list[MutantBench]:
    """Benches of golden semantics and of generators."""
    from bench.mutation.software import BENCHES  # noqa: PLC0415

    return list(BENCHES)


BENCHES: dict[str, Callable[[Path], list[MutantBench]]] = {"rtl": rtl, "templates": templates, "python": python}


def show(kind: str, record: MutantRecord) -> None:
    """Print a score."""
    reasons = tomllib.loads(REASONS.read_text()).get(kind, {})
    score = Score.of(record, reasons)
    print(f"{kind}: {score.killed} of {score.run} killed, {score.equivalent} equivalent: {100 * score.share:.1f} %")
    print("".join(f"  survives: {label}\n" for label in score.survivors), end="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*BENCHES, "score"])
    parser.add_argument("--record", type=Path, default=ROOT / "build" / "mutants", help="folder; default: %(default)s")
    parser.add_argument("--sample", type=int, help="mutants of each bench at most; default: all that are left")
    parser.add_argument("--share", type=float, default=1.0, help="of all mutants, 0 to 1: a fair sample of every file")
    parser.add_argument("--only", help="names of benches, with commas between them; default: all")
    arguments = parser.parse_args()
    folder = arguments.record.resolve()
    for kind in BENCHES if arguments.what == "score" else [arguments.what]:
        record = MutantRecord(folder / f"{kind}.jsonl", arguments.share)
        for bench in [] if arguments.what == "score" else BENCHES[kind](folder):
            if arguments.only is None or bench.name in arguments.only.split(","):
                bench.run(record, arguments.sample)
        show(kind, record)


if __name__ == "__main__":
    main()
