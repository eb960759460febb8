"""Damaged compressed files: how many are refused, decode to another picture of numbers, or do what they never may.

.venv/bin/python -m bench.fuzz_bitstream [--count 100000] [--repaired 5000]
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.parts.mutations import MUTATIONS, repaired
from host import BitstreamError, HostCodec
from sapm.bundle import Bundle

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"

SLOW = 5.0
"""Seconds after which a file counts as one that hangs the decoder."""


def outcome(codec: HostCodec, data: bytes) -> str:
    start = time.process_time()
    try:
        codec.unpack(data)
        result = "decoded"
    except BitstreamError:
        result = "refused"
    except Exception as error:
        return f"crashed: {type(error).__name__}"
    return result if time.process_time() - start < SLOW else "slow"


def run(codec: HostCodec, file: Path, count: int, is_repaired: bool, seed: int) -> Counter[tuple[str, str]]:
    original = file.read_bytes()
    rng = np.random.default_rng(seed)
    outcomes: Counter[tuple[str, str]] = Counter()
    names = list(MUTATIONS)
    for index in track(range(count), f"{file.stem}, {'repaired' if is_repaired else 'as damaged'}"):
        name = names[index % len(names)]
        data = MUTATIONS[name](original, rng)
        data = repaired(data, original) if is_repaired else data
        outcomes[name, "unchanged" if data == original else outcome(codec, data)] += 1
    return outcomes


def main(
    count: Annotated[int, typer.Option(help="mutations of each file as they are", min=1)] = 34_000,
    repaired: Annotated[int, typer.Option(help="mutations of each file with all checks repaired", min=0)] = 5_000,
    seed: Annotated[int, typer.Option(help="of the mutations")] = 0,
) -> None:
    """Mutate the golden files and count what becomes of it."""
    table = Table("file", "checks", "mutation", "outcome", "files")
    codec = Bundle.load(GOLDEN / "codec").host
    for file in sorted(GOLDEN.glob("*.sapm")):
        for is_repaired in (False, True):
            outcomes = run(codec, file, repaired if is_repaired else count, is_repaired, seed)
            for (name, result), files in sorted(outcomes.items()):
                table.add_row(file.stem, "repaired" if is_repaired else "as damaged", name, result, str(files))
    console = Console()
    console.print(table)
    console.print(f"peak memory {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    typer.run(main)
