"""All proofs of the hardware modules: a table of what holds, how it was shown, and in which time.

make prove                                       # or: .venv/bin/python -m bench.prove --output docs/proofs.md
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

from hls.proofs import Proof, prove, stated_proofs
from hls.proofs.proof import ALL_INPUTS, BOUND
from hls.synth.tools import SynthError

HEADER = """\
# Proofs

What is stated of each hardware module, and how it was shown ([verification.md](verification.md)).

| module | property | shown for | how | seconds |
|---|---|---|---|---|
"""


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def method_of(proof: Proof) -> str:
    if proof.method == BOUND:
        return f"{proof.cycles} cycles from reset"
    if proof.method == ALL_INPUTS:
        return "all inputs" + (f", {proof.cycles} cycles" if proof.cycles else "")
    return proof.method


def sizes_of(proof: Proof) -> str:
    return ", ".join(f"{name} {value}" for name, value in proof.parameters.items() if '"' not in value)


def seconds_of(proof: Proof) -> float | None:
    """Processor time of a proof; None where it fails, which is said."""
    before = processor_seconds()
    try:
        prove(proof)
    except SynthError as error:
        print(f"{proof.name}: {error}", file=sys.stderr)
        return None
    return processor_seconds() - before


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--output", type=Path, help="file of the table")
    chosen = parser.parse_args()
    rows, failed = [], 0
    for proof in stated_proofs():
        seconds = seconds_of(proof)
        failed += seconds is None
        took = "fails" if seconds is None else f"{seconds:.1f}"
        rows.append(f"| `{proof.module}` | {proof.shown} | {sizes_of(proof)} | {method_of(proof)} | {took} |")
        print(rows[-1], flush=True)
    if chosen.output is not None and not failed:
        chosen.output.write_text(HEADER + "\n".join(rows) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
