"""What a training run tells its user: progress bar or log lines, TensorBoard, and a table at the end."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from model.figures import HeldOut
from model.trainer import Progress, Trainer


def describe(progress: Progress) -> str:
    """One line of a log."""
    psnr = "" if math.isnan(progress.psnr) else f"psnr {progress.psnr:.2f} "
    return (
        f"step {progress.step} {progress.seconds:.0f}s loss {progress.loss:.4f} {psnr}"
        f"bpp {progress.bits_per_pixel:.4f} {progress.steps_per_second:.2f} steps/s"
    )


class Reporter:
    """Takes progress and warnings; `last` is the newest progress."""

    def __init__(self, bar: ProgressBar | None, board: Any) -> None:
        self.bar, self.board = bar, board
        self.task = bar.add_task("starting", total=1.0) if bar is not None else None
        self.last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        """Shows progress and logs its figures."""
        self.last = progress
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=progress.share, description=describe(progress))
        else:
            print(describe(progress), flush=True)
        if self.board is not None:
            for name in ("loss", "psnr", "bits_per_pixel", "steps_per_second", "learning_rate"):
                self.board.add_scalar(name, getattr(progress, name), progress.step)

    def warn(self, message: str) -> None:
        """A line on the standard error stream, above the bar."""
        if self.bar is not None:
            self.bar.console.print(f"warning: {message}")
        else:
            print(f"warning: {message}", file=sys.stderr, flush=True)


def _board(folder: Path | None) -> Any:
    if folder is None:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  # slow to import, and not always wanted
    except ImportError:
        print("warning: no TensorBoard log: the package tensorboard is not installed", file=sys.stderr)
        return None
    return SummaryWriter(str(folder))  # type: ignore[no-untyped-call]


@contextmanager
def reporting(log_folder: Path | None, is_speaker: bool = True) -> Iterator[Reporter]:
    """A reporter for the block: a bar on a terminal, lines elsewhere, silent where not `is_speaker`."""
    if not is_speaker:
        yield _Silent()
        return
    board = _board(log_folder)
    try:
        if sys.stdout.isatty():
            columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            with ProgressBar(*columns) as bar:
                yield Reporter(bar, board)
        else:
            yield Reporter(None, board)
    finally:
        if board is not None:
            board.close()


class _Silent(Reporter):
    def __init__(self) -> None:
        super().__init__(None, None)

    def __call__(self, progress: Progress) -> None:
        self.last = progress

    def warn(self, message: str) -> None:
        pass


def print_table(trainer: Trainer, last: Progress | None, held_out: list[HeldOut]) -> None:
    """What was trained, for how long, and what came of it."""
    configuration, plan = trainer.codec.configuration, trainer.plan
    rows = {
        "checkpoint": str(trainer.out),
        "codec": f"widths {configuration.widths}, strides {configuration.strides}, branches {configuration.branches}",
        "entropy model": f"{configuration.entropy}, {configuration.mixture_components} {configuration.mixture}",
        "loss": f"lambda * {plan.loss} + bpp, lambda {plan.rate_weights[0]:g} to {plan.rate_weights[1]:g}",
        "device": f"{trainer.record.get('processes', 1)} x {trainer.device.type}",
        "steps, time": f"{trainer.step} of batch {plan.batch}, {trainer.spent / 60:.1f} min",
    }
    if last is not None:
        rows["speed"] = f"{last.steps_per_second:.2f} steps/s"
        rows["training (noisy latents)"] = (
            f"loss {last.loss:.4f}, {last.bits_per_pixel:.4f} bpp (estimated), {last.psnr:.2f} dB"
        )
    for figures in held_out:
        rows[f"held out, lambda {figures.rate_weight:g}"] = (
            f"loss {figures.loss:.4f} (MSE), {figures.bits_per_pixel:.4f} bpp (estimated), {figures.psnr:.2f} dB"
        )
    table = Table(show_header=False, title="training")
    for name, value in rows.items():
        table.add_row(name, value)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
