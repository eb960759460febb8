"""Damaged compressed files: how many are refused, decode to another picture of numbers, or do what they never may.

.venv/bin/python bench/fuzz_bitstream.py [--count 100000] [--repaired 5000]
"""

from __future__ import annotations

import sys
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from export.model_file import load
from host import (
    ANALYSIS_FILE,
    CONTEXT_FILE,
    SYNTHESIS_FILE,
    TABLES_FILE,
    BitstreamError,
    ContextModel,
    EntropyTables,
    HostCodec,
)
from mutations import MUTATIONS, repaired

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"

SLOW = 5.0
"""Seconds after which a file counts as one that hangs the decoder."""


def codec_of(kind: str) -> tuple[HostCodec, bytes]:
    folder = GOLDEN / kind
    model = EntropyTables.load(folder / TABLES_FILE) if kind == "static" else ContextModel.load(folder / CONTEXT_FILE)
    codec = HostCodec(load(folder / ANALYSIS_FILE), load(folder / SYNTHESIS_FILE), model)
    return codec, (folder / "picture.sapm").read_bytes()


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


def run(kind: str, count: int, is_repaired: bool, seed: int) -> Counter[tuple[str, str]]:
    codec, original = codec_of(kind)
    rng = np.random.default_rng(seed)
    outcomes: Counter[tuple[str, str]] = Counter()
    names = list(MUTATIONS)
    for index in track(range(count), f"{kind}, {'repaired' if is_repaired else 'as damaged'}"):
        name = names[index % len(names)]
        data = MUTATIONS[name](original, rng)
        data = repaired(data, original) if is_repaired else data
        outcomes[name, "unchanged" if data == original else outcome(codec, data)] += 1
    return outcomes


def main(
    count: Annotated[int, typer.Option(help="mutations of each file as they are", min=1)] = 50_000,
    repaired: Annotated[int, typer.Option(help="mutations of each file with all checks repaired", min=0)] = 5_000,
    seed: Annotated[int, typer.Option(help="of the mutations")] = 0,
) -> None:
    """Mutate the golden file of each version and count what becomes of it."""
    table = Table("file", "checks", "mutation", "outcome", "files")
    for kind in ("static", "context"):
        for is_repaired in (False, True):
            outcomes = run(kind, repaired if is_repaired else count, is_repaired, seed)
            for (name, result), files in sorted(outcomes.items()):
                table.add_row(kind, "repaired" if is_repaired else "as damaged", name, result, str(files))
    console = Console()
    console.print(table)
    console.print(f"peak memory {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    typer.run(main)
