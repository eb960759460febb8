"""The adder layer beside its plain formulation (unfold and `torch.cdist`): seconds forward, and forward with backward.

    .venv/bin/python bench/adder_kernels.py [--threads 2] [--repeats 5]

The peer's gradients are autograd's (signs), ours AdderNet's (differences and clipped differences).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.adder import AdderConv2d

SHAPES = {
    "SAPM-E, N=32": (8, 32, 32, 32, 5, 2),
    "SAPM-D, M=64": (8, 64, 64, 16, 3, 1),
    "SAPM-E, N=128": (2, 128, 128, 32, 5, 2),
}
"""batch, input channels, output channels, side, kernel, stride"""


def plain(image: Tensor, weight: Tensor, stride: int) -> Tensor:
    """y = -L1 distance of windows and filters, by unfold and cdist."""
    kernel = weight.shape[-1]
    windows = functional.unfold(image, kernel, padding=kernel // 2, stride=stride).transpose(1, 2)
    return -torch.cdist(windows, weight.flatten(1), p=1.0)


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Median time of a call after one to warm up."""
    times = []
    for index in range(repeats + 1):
        start = time.perf_counter()
        run()
        if index:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(
    threads: Annotated[int, typer.Option(help="threads of torch and numba", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="runs, of which the median counts", min=1)] = 5,
) -> None:
    """Time both on layers of the codec's shapes."""
    torch.set_num_threads(threads)
    table = Table(
        "layer", "forward [ms]", "cdist [ms]", "ratio", "with backward [ms]", "cdist [ms]", "ratio", "G |x-w| / s"
    )
    for label, (batch, inputs, outputs, side, kernel, stride) in SHAPES.items():
        layer = AdderConv2d(inputs, outputs, kernel, stride)
        image = torch.randn(batch, inputs, side, side, requires_grad=True)

        def ours(layer: AdderConv2d = layer, image: Tensor = image) -> Tensor:
            return layer(image).sum()

        def peer(layer: AdderConv2d = layer, image: Tensor = image, stride: int = stride) -> Tensor:
            return plain(image, layer.weight, stride).sum()

        forward = seconds(ours, repeats), seconds(peer, repeats)
        both = (
            seconds(lambda ours=ours: ours().backward(), repeats),
            seconds(lambda peer=peer: peer().backward(), repeats),
        )
        differences = batch * (side // stride) ** 2 * inputs * outputs * kernel**2
        cells = [f"{1e3 * forward[0]:.1f}", f"{1e3 * forward[1]:.1f}", f"{forward[1] / forward[0]:.1f}"]
        cells += [f"{1e3 * both[0]:.1f}", f"{1e3 * both[1]:.1f}", f"{both[1] / both[0]:.1f}"]
        table.add_row(label, *cells, f"{differences / forward[0] / 1e9:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
