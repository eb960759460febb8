"""Command line of training: python -m model.train --data PHOTOGRAPHS --preset small --out checkpoints/small.npz."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from model.codec import Codec
from model.configuration import preset as preset_configuration
from model.data import batches, load_photographs, split_photographs
from model.evaluation import held_out_figures
from model.training import Progress as Figures
from model.training import Trainer, TrainingPlan


def describe(figures: Figures) -> str:
    """One line of a log."""
    return (
        f"step {figures.step} {figures.seconds:.0f}s loss {figures.loss:.4f} psnr {figures.psnr:.2f} "
        f"bpp {figures.bits_per_pixel:.4f} {figures.steps_per_second:.2f} steps/s"
    )


@contextmanager
def _reporter(seconds: float) -> Iterator[Callable[[Figures], None]]:
    if not sys.stdout.isatty():
        yield lambda figures: print(describe(figures), flush=True)
        return
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns) as progress:
        task = progress.add_task("starting", total=seconds)
        yield lambda figures: progress.update(task, completed=figures.seconds, description=describe(figures))


def main(
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    out: Annotated[Path, typer.Option(help="checkpoint to write, .npz")],
    preset: str = "small",
    rate_weight: Annotated[float, typer.Option(help="lambda on the MSE of pixels in [0, 1]")] = 1024.0,
    minutes: Annotated[float, typer.Option(help="wall-clock budget")] = 75.0,
    threads: int = 1,
    batch: int = 8,
    learning_rate: float = 1e-3,
    seed: int = 1,
    limit: Annotated[int | None, typer.Option(help="use only this many photographs")] = None,
    resume: Annotated[bool, typer.Option(help="continue from the state beside the checkpoint")] = False,
) -> None:
    """Trains a codec until its time is up; the checkpoint is written every few minutes."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    plan = TrainingPlan(rate_weight=rate_weight, seconds=60 * minutes, learning_rate=learning_rate, batch=batch)
    trainer = Trainer(Codec(preset_configuration(preset)), plan, out)
    if resume:
        trainer.resume()
    training, held_out = split_photographs(load_photographs(data, plan.crop, limit))
    print(f"{len(training)} photographs to train on, {len(held_out)} held out", flush=True)
    with _reporter(plan.seconds) as report:
        finished = trainer.run(batches(training, plan.batch, plan.crop, seed + trainer.step), report)
    if not finished:
        print(f"loss not finite after step {trainer.step}; {out} keeps the last good weights", file=sys.stderr)
        raise typer.Exit(1)
    print(held_out_figures(out, held_out, plan.rate_weight), flush=True)


if __name__ == "__main__":
    typer.run(main)
