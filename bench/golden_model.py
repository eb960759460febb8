"""The golden model of both transforms beside ONNX Runtime and fake-quantized torch on one picture, seconds and ratios.

.venv/bin/python -m bench.golden_model [--side 512] [--repeats 3]
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from skimage import data

from export.model_file import save
from export.runtime import OnnxEvaluator
from model.calibration import load_quantized
from model.codec import TRANSFORMS

CHECKPOINT = Path(__file__).resolve().parents[1] / "checkpoints" / "small.npz"


def seconds(run: Callable[[], Iterable[object]], repeats: int) -> float:
    """Median time to compute every tensor."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in run():
            pass
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(
    side: Annotated[int, typer.Option(help="rows and columns of the picture", min=16, max=512)] = 512,
    repeats: Annotated[int, typer.Option(help="runs, of which the median counts", min=1)] = 3,
) -> None:
    """Time the three software levels on the demo's photograph."""
    quantized, *_ = load_quantized(CHECKPOINT)
    x = data.astronaut()[:side, :side].transpose(2, 0, 1).astype(np.int64)
    table = Table("transform", "golden [s]", "ONNX Runtime [s]", "torch [s]", "golden / ONNX Runtime")
    for transform in TRANSFORMS:
        graph = quantized.graph(transform)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{transform}.onnx"
            save(graph, path)
            stock = OnnxEvaluator(path)
        golden = seconds(lambda graph=graph, x=x: graph.evaluate(x), repeats)
        runtime = seconds(lambda stock=stock, x=x: stock(x), repeats)
        torch = seconds(lambda transform=transform, x=x: quantized.evaluate(transform, x), repeats)
        table.add_row(transform, f"{golden:.2f}", f"{runtime:.2f}", f"{torch:.2f}", f"{golden / runtime:.2f}")
        x = graph(x)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
