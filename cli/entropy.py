"""`sapm entropy`: the entropy model of a quantized codec learns on alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, TrainingData
from cli.console import answer
from cli.fields import Fields, Options, with_options
from cli.training import Limit, Resume, Threads, Trained, lines_shown
from model.checkpoint import read_record
from model.entropy_training import ENTROPY_DEFAULTS, ENTROPY_FIELDS, PICTURES, train_entropy
from model.options import Start
from model.plan import TrainingPlan


@with_options(plan=Options(TrainingPlan, "Training", ENTROPY_FIELDS, defaults=ENTROPY_DEFAULTS))
def entropy(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="quantized checkpoint (.npz)")],
    data: TrainingData,
    output: Trained,
    plan: Fields,
    pictures: Annotated[int, typer.Option("--pictures", help="crops whose latents are kept and seen again")] = PICTURES,
    resume: Resume = False,
    force: Force = False,
    threads: Threads = 1,
    limit: Limit = None,
) -> None:
    """Train the entropy model of a quantized codec further, on latents that are made once; transforms stay as they are.

    An interrupt ends the run after its step, with a whole checkpoint, and the exit code is 130.
    """
    with lines_shown():
        start = Start(checkpoint, is_resumed=resume, may_replace=force)
        code = train_entropy(start, data, output, plan, pictures, threads, limit)
    answer({"checkpoint": str(output), "exit_code": code, "record": read_record(output)})
    raise typer.Exit(code)
