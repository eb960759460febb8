"""The whole codec in software, and its transforms beside ONNX Runtime and their definitions, seconds per megapixel.

.venv/bin/python bench/software_codec.py [--pictures 2] [--repeats 5] [--threads 1 --threads 2]

Every repeat times each of them once, one after the other, so that what else the machine does falls upon all; the
fastest repeat counts, averaged over the pictures.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.bundle import Bundle, export_bundle
from host import PictureSize, read_picture
from ops import AnyIntegers, StripEvaluator

ROOT = Path(__file__).resolve().parents[1]
ERRORS_ONLY = 3
"""ONNX Runtime's log level."""

Run = Callable[[], object]


def stock(path: Path, threads: int) -> Callable[[AnyIntegers], AnyIntegers]:
    """ONNX Runtime on a model file, the result alone."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: np.asarray(x, np.int64)[None]})[0][0]


def contenders(folder: Path, picture: AnyIntegers, threads: tuple[int, ...]) -> dict[tuple[str, str], Run]:
    """What is timed, by (row, column), on one picture."""
    runs: dict[tuple[str, str], Run] = {}
    for count in threads:
        bundle = Bundle.load(folder, count)
        host, column = bundle.host, f"strips, {count} threads"
        latents, compressed = host.latents_of(picture), host.encode(picture)
        size = PictureSize(*picture.shape[1:])
        inputs = {"analysis": host.pixels_of(picture), "synthesis": latents}
        runs["encode", column] = lambda host=host: host.encode(picture)
        runs["decode", column] = lambda host=host, compressed=compressed: host.decode(compressed)
        runs["of which entropy coding", column] = lambda host=host, y=latents, size=size: host.pack(y, size)
        runs["of which entropy decoding", column] = lambda host=host, compressed=compressed: host.unpack(compressed)
        for transform, x in inputs.items():
            graph = bundle.graph(transform)
            peer = stock(bundle.onnx_file(transform), count)
            ours = StripEvaluator(graph, count)
            np.testing.assert_array_equal(ours(x), peer(x))
            runs[transform, column] = lambda ours=ours, x=x: ours(x)
            runs[transform, f"ONNX Runtime, {count} threads"] = lambda peer=peer, x=x: peer(x)
            runs[transform, "definition (numpy)"] = lambda graph=graph, x=x: graph(x)
    return runs


def fastest(runs: dict[tuple[str, str], Run], repeats: int) -> dict[tuple[str, str], float]:
    """Seconds of the fastest of `repeats` rounds."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(repeats):
        for cell, run in runs.items():
            start = time.perf_counter()
            run()
            best[cell] = min(best[cell], time.perf_counter() - start)
    return best


def table_of(seconds: dict[tuple[str, str], float]) -> Table:
    """Rows by columns."""
    columns = sorted({column for _, column in seconds}, key=lambda name: (name[0] != "s", name))
    table = Table("s per megapixel", *columns)
    for row in dict.fromkeys(row for row, _ in seconds):
        table.add_row(row, *(f"{seconds[row, c]:.3f}" if (row, c) in seconds else "" for c in columns))
    return table


def main(
    kodak: Annotated[Path, typer.Option(help="folder of the Kodak pictures")] = ROOT.parent / "shared/data/kodak",
    checkpoint: Annotated[Path, typer.Option(help="quantized checkpoint")] = ROOT / "checkpoints/small.npz",
    pictures: Annotated[int, typer.Option(help="how many of them", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="runs, of which the fastest counts", min=1)] = 5,
    threads: Annotated[list[int] | None, typer.Option(help="threads; default: 1 and 2", min=1)] = None,
) -> None:
    """Time encoding, decoding and both transforms; then the memory for 12 megapixels in a process of its own."""
    files = sorted(kodak.glob("*.png"))[:pictures]
    if not files:
        raise typer.BadParameter(f"{kodak} must hold the Kodak pictures as PNG files, and does not")
    counts = tuple(threads or (1, 2))
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        codec = Path(scratch) / "codec"
        export_bundle(checkpoint, codec)
        for file in files:
            picture = read_picture(file)
            for cell, best in fastest(contenders(codec, picture, counts), repeats).items():
                times[cell].append(best * 1e6 / (picture.shape[1] * picture.shape[2]))
        seconds = {cell: statistics.mean(values) for cell, values in times.items()}
        console = Console(width=150)
        console.print(table_of(seconds))
        for count in counts:
            for transform in ("analysis", "synthesis"):
                ratio = seconds[transform, f"ONNX Runtime, {count} threads"]
                ratio /= seconds[transform, f"strips, {count} threads"]
                console.print(f"{transform}, {count} threads: {ratio:.1f} times as fast as ONNX Runtime")
        memory = [sys.executable, str(ROOT / "bench/codec_memory.py"), str(codec), "--threads", str(counts[-1])]
        console.print(subprocess.run(memory, check=True, capture_output=True, text=True).stdout.strip())
        console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    typer.run(main)
