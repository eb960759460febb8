"""The adder layer beside its plain formulation (unfold and `torch.cdist`): seconds forward, and forward with backward.

    .venv/bin/python bench/adder_kernels.py [--threads 2] [--repeats 5] [--device cuda]

The peer's gradients are autograd's (signs), ours AdderNet's (differences and clipped differences).
"""

from __future__ import annotations

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


def seconds(runs: tuple[Callable[[], object], ...], repeats: int, device: str) -> list[float]:
    """Least time of a call of each, taken in turns, after one to warm up (and, with Triton, to tune)."""
    times: list[list[float]] = [[] for _ in runs]
    for index in range(repeats + 1):
        for found, run in zip(times, runs, strict=True):
            start = time.perf_counter()
            run()
            if device == "cuda":
                torch.cuda.synchronize()
            if index:
                found.append(time.perf_counter() - start)
    return [min(found) for found in times]


def peak(device: str) -> float | None:
    """FP32 additions per second of a card with 128 lanes in a multiprocessor; None where the clock is not known."""
    if device != "cuda":
        return None
    properties = torch.cuda.get_device_properties(device)
    clock = getattr(properties, "clock_rate", None)
    return None if clock is None else properties.multi_processor_count * 128 * clock * 1e3


def main(
    threads: Annotated[int, typer.Option(help="threads of torch and numba", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="runs, of which the fastest counts", min=1)] = 5,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
) -> None:
    """Time both on layers of the codec's shapes."""
    torch.set_num_threads(threads)
    table = Table(
        "layer",
        "forward [ms]",
        "cdist [ms]",
        "ratio",
        "with backward [ms]",
        "cdist [ms]",
        "ratio",
        "G |x-w| / s",
        "of FP32 peak",
    )
    for label, (batch, inputs, outputs, side, kernel, stride) in SHAPES.items():
        layer = AdderConv2d(inputs, outputs, kernel, stride).to(device)
        image = torch.randn(batch, inputs, side, side, device=device, requires_grad=True)

        def ours(layer: AdderConv2d = layer, image: Tensor = image) -> Tensor:
            return layer(image).sum()

        def peer(layer: AdderConv2d = layer, image: Tensor = image, stride: int = stride) -> Tensor:
            return plain(image, layer.weight, stride).sum()

        forward = seconds((ours, peer), repeats, device)
        backward = lambda ours=ours: ours().backward(), lambda peer=peer: peer().backward()
        both = seconds(backward, repeats, device)
        differences = batch * (side // stride) ** 2 * inputs * outputs * kernel**2
        cells = [f"{1e3 * forward[0]:.1f}", f"{1e3 * forward[1]:.1f}", f"{forward[1] / forward[0]:.1f}"]
        cells += [f"{1e3 * both[0]:.1f}", f"{1e3 * both[1]:.1f}", f"{both[1] / both[0]:.1f}"]
        rate, most = differences / forward[0], peak(device)
        # a subtraction and an addition each; a peak that counts a fused multiply-add as two is twice as high
        share = "unknown" if most is None else f"{2 * rate / most:.0%}"
        table.add_row(label, *cells, f"{rate / 1e9:.1f}", share)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
