"""Entropy coding of one Kodak-sized picture by a context model of the size of `base` with random weights.

.venv/bin/python bench/entropy_coding.py [--repeats 7] [--memory]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Annotated

import numpy as np
import typer
from constriction import stream
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from host.context_coder import FAMILY, Neighbourhood, laws_of
from host.context_model import ContextModel
from sample_context import context_model, likely_latents

from host.kernels import kernels
from host.law import exponential_table, window_table

KODAK = 32, 48
"""Rows and columns of the latents of a picture of 768x512."""

TWELVE_MEGAPIXELS = 188, 250
"""Those of 4000x3000."""

CHANNELS, HYPER_CHANNELS, COMPONENTS = 192, 128, 3

POSITIONS = 16
"""Of a wave: so many latents times 192 are coded at a time."""


def base_model() -> ContextModel:
    return context_model(CHANNELS, HYPER_CHANNELS, COMPONENTS)


def seconds(run: Callable[[], object], repeats: int) -> tuple[str, str]:
    """Wall-clock and processor time, least and median."""
    run()
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    wall_text, processor_text = (f"{min(t):.3f} / {statistics.median(t):.3f}" for t in (walls, processors))
    return wall_text, processor_text


def picture_table(repeats: int) -> Table:
    """One picture there and back."""
    model, latents = base_model(), likely_latents((CHANNELS, *KODAK))
    data = model.encode(latents)
    table = Table("base, 768x512", "wall clock in s, least / median", "processor time in s", "goal in s")
    table.add_row("encode", *seconds(lambda: model.encode(latents), repeats), "0.5")
    table.add_row("decode", *seconds(lambda: model.decode(data, latents.shape), repeats), "0.6")
    # beside these stands what other codecs take for the same sizes of networks, when their own environment is there
    return table


def coder_table(repeats: int) -> Table:
    """The coder alone: from raw parameters to bits and back, without networks; processor time."""
    model, latents = base_model(), likely_latents((CHANNELS, *KODAK))
    known = Neighbourhood(model, model.hyper_latents(latents), latents.shape)
    known.inside[:] = latents.transpose(1, 2, 0)
    laws, values = max(laws_of(known), key=lambda wave: len(wave[1]))
    symbols = laws.symbols_of(values)
    raw = np.random.default_rng(0).integers(-40, 41, (POSITIONS, 3 * COMPONENTS * CHANNELS)).astype(np.int16)
    encoder = stream.queue.RangeEncoder()
    encoder.encode(symbols, FAMILY, laws.rows)
    words = encoder.get_compressed()
    constants = exponential_table(), window_table()
    steps = {
        "rows of counts": (lambda: kernels().window_rows(raw, COMPONENTS, *constants), len(raw)),
        "encode": (lambda: stream.queue.RangeEncoder().encode(symbols, FAMILY, laws.rows), 0),
        "decode": (lambda: stream.queue.RangeDecoder(words).decode(FAMILY, laws.rows), 0),
    }
    rates = {}
    for name, (step, positions) in steps.items():
        step()
        times = []
        for _ in range(20 * repeats):
            start = time.process_time()
            step()
            times.append(time.process_time() - start)
        rates[name] = (positions * CHANNELS or len(symbols)) / min(times) / 1e6
    table = Table("coder alone", "million symbols/s", "with the rows", "goal")
    for name in ("encode", "decode"):
        both = 1 / (1 / rates[name] + 1 / rates["rows of counts"])
        table.add_row(name, f"{rates[name]:.1f}", f"{both:.1f}", "5")
    table.add_row("rows of counts", f"{rates['rows of counts']:.1f}", "", "")
    return table


def memory_table() -> Table:
    """Peak memory of a whole process that encodes or decodes a picture of 12 megapixels."""
    table = Table("base, 4000x3000", "peak memory in MB", "processor time in s", "goal in MB")
    for step in ("encode", "decode"):
        command = [sys.executable, __file__, "--only", step]
        result = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        table.add_row(step, *result, "500")
    return table


def measure(step: str) -> None:
    """Encode, or encode in a child and decode here; prints peak memory in MB and processor time in seconds."""
    shape = CHANNELS, *TWELVE_MEGAPIXELS
    model = base_model()
    if step == "encode":
        latents = likely_latents(shape)
        start = time.process_time()
        model.encode(latents)
    else:
        reader, writer = os.pipe()
        if os.fork() == 0:
            with os.fdopen(writer, "wb") as sink:
                sink.write(model.encode(likely_latents(shape)))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as source:
            data = source.read()
        start = time.process_time()
        model.decode(data, shape)
    print(f"{getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} {time.process_time() - start:.1f}")


def main(
    repeats: Annotated[int, typer.Option(help="runs of each, after one that does not count", min=1)] = 7,
    memory: Annotated[bool, typer.Option("--memory", help="also the memory of 12 megapixels (a minute)")] = False,
    only: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Time the entropy coder and, on request, take its memory."""
    if only:
        measure(only)
        return
    console = Console()
    console.print(picture_table(repeats))
    console.print(coder_table(repeats))
    if memory:
        console.print(memory_table())


if __name__ == "__main__":
    typer.run(main)
