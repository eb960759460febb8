"""Entropy coding of one picture's latents, ours beside CompressAI's mbt2018 and cheng2020-anchor, in one run.

.venv/bin/python bench/entropy_peers.py [--size 768x512] [--threads 2] [--repeats 3]

All three have N = 128 and M = 192 and random weights, and code the same latents; hyper networks, context and coder
count, transforms do not. CompressAI gets an environment of its own in build/peers (about 1.5 GB, from PyPI).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from peer_environment import peer_python
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.arguments import parse_size

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / "build" / "peers"
WORKER = ROOT / "bench" / "peers_worker.py"
REQUIREMENTS = ("compressai==1.2.8", "torch==2.13.0", "torchvision==0.28.0")
"""The project's torch: CompressAI takes any, and this is the last whose wheels are not all CUDA."""

PEERS = ("mbt2018", "cheng2020-anchor")
LATENTS = 192
REDUCTION = 16
GOAL = 10
"""How many times faster than each peer ours should decode."""

console = Console()


def sample_latents(height: int, width: int) -> np.ndarray:
    """Laplace-distributed integers, mostly small, wider in some channels than in others."""
    rng = np.random.default_rng(0)
    shape = LATENTS, height // REDUCTION, width // REDUCTION
    return np.clip(np.rint(rng.laplace(0, rng.uniform(0.2, 3, (LATENTS, 1, 1)), shape)), -128, 127).astype(np.int64)


def measure(name: str, python: str | Path, latents: Path, threads: int, repeats: int) -> dict[str, Any]:
    """Seconds to encode and decode, and bytes, of one model in a process of its own."""
    count = str(threads)
    variables = {**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "NUMBA_NUM_THREADS": count}
    command = [str(python), "-W", "ignore", str(WORKER), name, str(latents), count, str(repeats)]
    with console.status(name):
        result = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(result.stdout.splitlines()[-1])
    return {key: statistics.median(value) if isinstance(value, list) else value for key, value in figures.items()}


def compare(height: int, width: int, threads: int, repeats: int) -> dict[str, dict[str, Any]]:
    """Figures of ours and of the peers on the same latents of a picture."""
    peer = peer_python(ENVIRONMENT, REQUIREMENTS, console)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "latents.npy"
        np.save(path, sample_latents(height, width))
        pythons = {"ours": Path(sys.executable)} | dict.fromkeys(PEERS, peer)
        return {name: measure(name, python, path, threads, repeats) for name, python in pythons.items()}


def main(
    size: Annotated[str, typer.Option(help="picture, WIDTHxHEIGHT")] = "768x512",
    threads: Annotated[int, typer.Option(help="threads of each", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="runs, of which the median counts", min=1)] = 3,
) -> None:
    """Time all three and print the ratios."""
    figures = compare(*parse_size(size), threads, repeats)
    ours = figures["ours"]
    table = Table("entropy coder", "encode [s]", "decode [s]", "bytes", "encode / ours", f"decode / ours (goal {GOAL})")
    for name, row in figures.items():
        ratios = (f"{row[way] / ours[way]:.1f}" for way in ("encode", "decode"))
        table.add_row(name, f"{row['encode']:.3f}", f"{row['decode']:.3f}", str(row["bytes"]), *ratios)
    console.print(f"{size}, {threads} threads, median of {repeats}, N=128, M={LATENTS}, random weights")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
