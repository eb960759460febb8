"""The whole codec in software, and its transforms beside ONNX Runtime and their definitions, seconds per megapixel.

.venv/bin/python -m bench.software_codec [--pictures 1] [--repeats 3] [--threads 1 --threads 2]

Every repeat times each of them once, one after the other, so that what else the machine does falls upon all; the
fastest repeat counts, averaged over the pictures. Processor time hardly depends on what else the machine does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime
import typer
from rich.console import Console
from rich.table import Table

from host import read_picture
from host.qualities import position_of
from ops import AnyIntegers, StripEvaluator
from sapm.bundle import Bundle, export_bundle

ROOT = Path(__file__).resolve().parents[1]
ERRORS_ONLY = 3
"""ONNX Runtime's log level."""

Run = Callable[[], object]
Seconds = tuple[float, float]
"""On the clock, and of all threads together on the processor."""


def stock(path: Path, threads: int) -> Callable[[AnyIntegers], AnyIntegers]:
    """ONNX Runtime on a model file, the result alone."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting is no work
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: np.asarray(x, np.int64)[None]})[0][0]


def contenders(
    folder: Path, picture: AnyIntegers, position: int, threads: tuple[int, ...]
) -> dict[tuple[str, str], Run]:
    """What is timed, by (row, column), on one picture."""
    runs: dict[tuple[str, str], Run] = {}
    for count in threads:
        bundle = Bundle.load(folder, count)
        host, column = bundle.host, f"strips, {count} threads"
        made, compressed = host.latents_of(picture), host.encode(picture, position)
        contents = host.read(compressed)
        latents = host.restore(contents.symbols, position)
        inputs = {"analysis": host.pixels_of(picture), "synthesis": latents}
        runs["encode", column] = lambda host=host: host.encode(picture, position)
        if host.steps.is_guided:
            runs["encode, effort 3", column] = lambda host=host: host.encode(picture, position, 3)
        runs["decode", column] = lambda host=host, compressed=compressed: host.decode(compressed)
        runs["of which quantization", column] = lambda host=host, y=made: host.symbols_of(y, position)
        runs["of which entropy coding", column] = lambda host=host, contents=contents: host.write(contents)
        runs["of which entropy decoding", column] = lambda host=host, compressed=compressed: host.read(compressed)
        for transform, x in inputs.items():
            graph = bundle.graph(transform)
            peer = stock(bundle.onnx_file(transform), count)
            ours = StripEvaluator(graph, count)
            np.testing.assert_array_equal(ours(x), peer(x))
            runs[transform, column] = lambda ours=ours, x=x: ours(x)
            runs[transform, f"ONNX Runtime, {count} threads"] = lambda peer=peer, x=x: peer(x)
            runs[transform, "definition (numpy)"] = lambda graph=graph, x=x: graph(x)
    return runs


def fastest(runs: dict[tuple[str, str], Run], repeats: int) -> dict[tuple[str, str], Seconds]:
    """Seconds on the clock and of the processor, each of the fastest of `repeats` rounds."""
    best = dict.fromkeys(runs, (float("inf"), float("inf")))
    for _ in range(repeats):
        for cell, run in runs.items():
            clock, processor = time.perf_counter(), time.process_time()
            run()
            spent = time.perf_counter() - clock, time.process_time() - processor
            best[cell] = min(best[cell][0], spent[0]), min(best[cell][1], spent[1])
    return best


def table_of(seconds: dict[tuple[str, str], Seconds]) -> Table:
    """Rows by columns."""
    columns = sorted({column for _, column in seconds}, key=lambda name: (name[0] != "s", name))
    table = Table("s per megapixel: clock (processor)", *columns)
    for row in dict.fromkeys(row for row, _ in seconds):
        cells = (seconds.get((row, column)) for column in columns)
        table.add_row(row, *("" if cell is None else f"{cell[0]:.3f} ({cell[1]:.3f})" for cell in cells))
    return table


def main(
    kodak: Annotated[Path, typer.Option(help="folder of the Kodak pictures")] = ROOT.parent / "shared/data/kodak",
    checkpoint: Annotated[Path, typer.Option(help="quantized checkpoint")] = ROOT / "checkpoints/small.npz",
    pictures: Annotated[int, typer.Option(help="how many of them", min=1)] = 1,
    repeats: Annotated[int, typer.Option(help="runs, of which the fastest counts", min=1)] = 3,
    quality: Annotated[float, typer.Option(help="1 to 100")] = 50,
    threads: Annotated[list[int] | None, typer.Option(help="threads; default: 1 and 2", min=1)] = None,
) -> None:
    """Time encoding, decoding and both transforms; then the memory for 12 megapixels in a process of its own."""
    files = sorted(kodak.glob("*.png"))[:pictures]
    if not files:
        raise typer.BadParameter(f"{kodak} must hold the Kodak pictures as PNG files, and does not")
    counts = tuple(threads or (1, 2))
    times: dict[tuple[str, str], list[Seconds]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        codec = Path(scratch) / "codec"
        export_bundle(checkpoint, codec)
        for file in files:
            picture = read_picture(file)
            for cell, best in fastest(contenders(codec, picture, position_of(quality), counts), repeats).items():
                megapixels = picture.shape[1] * picture.shape[2] / 1e6
                times[cell].append((best[0] / megapixels, best[1] / megapixels))
        seconds = {
            cell: (statistics.mean(clock for clock, _ in values), statistics.mean(busy for _, busy in values))
            for cell, values in times.items()
        }
        console = Console(width=150)
        console.print(table_of(seconds))
        for count in counts:
            for transform in ("analysis", "synthesis"):
                peer, ours = (seconds[transform, f"{name}, {count} threads"][1] for name in ("ONNX Runtime", "strips"))
                console.print(f"{transform}, {count} threads: 1/{peer / ours:.1f} of ONNX Runtime's processor time")
        memory = [sys.executable, str(ROOT / "bench/codec_memory.py"), str(codec), "--threads", str(counts[-1])]
        console.print(subprocess.run(memory, check=True, capture_output=True, text=True).stdout.strip())
        console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    typer.run(main)
