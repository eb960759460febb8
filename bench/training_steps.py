"""Steps of training a second, `small` with every branch and entropy model: the fastest step, and the median one.

    .venv/bin/python -m bench.training_steps [--threads 1] [--crop 128] [--batch 8] [--repeats 20]

Wall clock of the optimizer steps alone, on one random batch: reading and cropping photographs is left out.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from model.codec import Codec
from model.configuration import preset
from model.plan import TrainingPlan
from model.trainer import Trainer
from model.training_run import prepare

ROWS = (
    ("both", "static"),
    ("both", "context"),
    ("shift", "static"),
    ("adder", "static"),
    ("convolution", "static"),
    ("convolution", "context"),
)
"""branches, entropy model"""


def seconds(trainer: Trainer, repeats: int) -> list[float]:
    """Seconds of each step after two to warm up."""
    plan, found = trainer.plan, []
    image = torch.randint(0, 256, (plan.batch, 3, plan.crop, plan.crop), dtype=torch.uint8)
    for _ in range(repeats + 2):
        start = time.perf_counter()
        trainer.advance(image)
        found.append(time.perf_counter() - start)
    return found[2:]


def main(
    threads: Annotated[int, typer.Option(help="threads of torch and of the kernels", min=1)] = 1,
    crop: Annotated[int, typer.Option(help="side of the crops", min=64)] = 128,
    batch: Annotated[int, typer.Option(help="crops in a step", min=1)] = 8,
    repeats: Annotated[int, typer.Option(help="steps of each", min=1)] = 20,
) -> None:
    """Time the steps of training on the CPU."""
    prepare(threads, seed=1, device=torch.device("cpu"))
    table = Table("branches", "entropy model", "parameters", "steps/s, fastest", "median")
    for branches, entropy in ROWS:
        codec = Codec(replace(preset("small"), branches=branches, entropy=entropy))
        trainer = Trainer(codec, TrainingPlan(batch=batch, crop=crop, steps=1000), Path("unused.npz"))
        found = seconds(trainer, repeats)
        parameters = sum(parameter.numel() for parameter in codec.parameters())
        speeds = (f"{1 / step:.1f}" for step in (min(found), statistics.median(found)))
        table.add_row(branches, entropy, f"{parameters:,}", *speeds)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
