"""The adder layer beside its plain formulation (unfold and `torch.cdist`): milliseconds forward, and with backward.

    .venv/bin/python -m bench.adder_kernels [--threads 2] [--repeats 15] [--device cuda]

The peer's gradients are autograd's (signs), ours AdderNet's (differences and clipped differences). Medians, and in
brackets the fastest run. Then the kernels' own rates, padding included: 10^9 terms a second in the fastest run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

from model import kernels
from model.adder import AdderConv2d

SHAPES = {
    "cpu": {
        "SAPM-E, N=32": (8, 32, 32, 32, 5, 2),
        "SAPM-D, M=64": (8, 64, 64, 16, 3, 1),
        "SAPM-E, N=128": (2, 128, 128, 32, 5, 2),
    },
    "cuda": {
        "SAPM-E, N=32": (8, 32, 32, 128, 5, 2),
        "SAPM-D, M=64": (8, 64, 64, 64, 3, 1),
        "SAPM-E, N=128": (2, 128, 128, 64, 5, 2),
    },
}
"""By device, so that it is filled: batch, input channels, output channels, side, kernel, stride. cdist's backward pass
ends with an illegal address on CUDA (torch 2.11) where batch * (side / stride)^2 * inputs * kernel^2 gets large."""


def plain(image: Tensor, weight: Tensor, stride: int) -> Tensor:
    """y = -L1 distance of windows and filters, by unfold and cdist."""
    kernel = weight.shape[-1]
    windows = functional.unfold(image, kernel, padding=kernel // 2, stride=stride).transpose(1, 2)
    return -torch.cdist(windows, weight.flatten(1), p=1.0)


@dataclass(frozen=True)
class Times:
    """Seconds of several runs."""

    median: float
    least: float

    def __str__(self) -> str:
        return f"{1e3 * self.median:.1f} ({1e3 * self.least:.1f})"

    def over(self, other: Times) -> str:
        """How many times as long as the other."""
        return f"{self.median / other.median:.1f} ({self.least / other.least:.1f})"


def times(runs: tuple[Callable[[], object], ...], repeats: int, device: str) -> list[Times]:
    """Times of each run, taken in turns, after one to warm up (and, with Triton, to tune)."""
    seconds: list[list[float]] = [[] for _ in runs]
    for index in range(repeats + 1):
        for found, run in zip(seconds, runs, strict=True):
            start = time.perf_counter()
            run()
            if device == "cuda":
                torch.cuda.synchronize()
            if index:
                found.append(time.perf_counter() - start)
    return [Times(statistics.median(found), min(found)) for found in seconds]


def beside_plain(layer: AdderConv2d, image: Tensor, repeats: int, device: str) -> list[str]:
    """Cells: forward, and forward with backward, each of the layer, of the plain formulation, and their ratio."""

    def ours() -> Tensor:
        return layer(image).sum()

    def peer() -> Tensor:
        return plain(image, layer.weight, layer.stride).sum()

    forward = times((ours, peer), repeats, device)
    leaves = image, layer.weight
    # as in training, nothing is added to gradients of the step before
    both = times(
        (lambda: torch.autograd.grad(ours(), leaves), lambda: torch.autograd.grad(peer(), leaves)), repeats, device
    )
    return [str(cell) for own, other in (forward, both) for cell in (own, other, other.over(own))]


def alone(layer: AdderConv2d, image: Tensor, repeats: int, device: str) -> list[Times]:
    """Forward, gradient by the weights, and both gradients, without autograd, on channel-last maps."""
    maps = image.detach().permute(0, 2, 3, 1).contiguous()
    weight = layer.weight.detach().permute(0, 2, 3, 1)
    geometry = layer.stride, weight.shape[1] // 2
    upstream = torch.randn_like(kernels.forward(maps, weight, *geometry))
    runs = (
        lambda: kernels.forward(maps, weight, *geometry),
        lambda: kernels.gradients(upstream, maps, weight, *geometry, False),
        lambda: kernels.gradients(upstream, maps, weight, *geometry, True),
    )
    return times(runs, repeats, device)


def peak(device: str) -> float | None:
    """FP32 additions per second of a card with 128 lanes in a multiprocessor; None where the clock is not known."""
    if device != "cuda":
        return None
    properties = torch.cuda.get_device_properties(device)
    clock = getattr(properties, "clock_rate", None)
    return None if clock is None else properties.multi_processor_count * 128 * clock * 1e3


def rates(found: list[Times], terms: int, device: str) -> list[str]:
    """Cells: terms per nanosecond of the fastest runs of `alone`, and the share of the card's peak."""
    forward, by_weight, both = (run.least for run in found)
    per_second, most = terms / forward, peak(device)
    # a subtraction and an addition each; a peak that counts a fused multiply-add as two is twice as high
    share = "unknown" if most is None else f"{2 * per_second / most:.0%}"
    return [*(f"{terms / seconds / 1e9:.1f}" for seconds in (forward, by_weight, both - by_weight)), share]


def main(
    threads: Annotated[int, typer.Option(help="threads of torch and of the kernels", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="runs of each", min=1)] = 15,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
) -> None:
    """Time both on layers of the codec's shapes."""
    if device not in SHAPES:
        raise typer.BadParameter(f"device must be one of {', '.join(SHAPES)}, not {device!r}")
    torch.set_num_threads(threads)
    beside = Table("layer", "forward [ms]", "cdist [ms]", "ratio", "with backward [ms]", "cdist [ms]", "ratio")
    speeds = Table("layer", "forward [G/s]", "by weights [G/s]", "by image [G/s]", "forward, of FP32 peak")
    for label, (batch, inputs, outputs, side, kernel, stride) in SHAPES[device].items():
        layer = AdderConv2d(inputs, outputs, kernel, stride).to(device)
        image = torch.randn(batch, inputs, side, side, device=device, requires_grad=True)
        terms = batch * (side // stride) ** 2 * inputs * outputs * kernel**2
        beside.add_row(label, *beside_plain(layer, image, repeats, device))
        speeds.add_row(label, *rates(alone(layer, image, repeats, device), terms, device))
    console = Console(width=110)
    console.print(beside)
    console.print(speeds)


if __name__ == "__main__":
    typer.run(main)
