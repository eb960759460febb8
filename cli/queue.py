"""`sapm queue`: stages of training one after the other, unattended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import TrainingData
from cli.console import answer
from cli.training import Device, Limit, Threads, lines_shown
from model.queue import EVALUATED_QUALITIES, Orders, run_queue


def queue(
    recipe: Annotated[Path, typer.Argument(metavar="QUEUE", help="TOML file of stages, as those in queues/")],
    data: TrainingData,
    pictures: Annotated[Path | None, typer.Option(help="folder of pictures to evaluate on")] = None,
    curves: Annotated[Path | None, typer.Option(help="folder of published curves of these pictures (JSON)")] = None,
    qualities: Annotated[str, typer.Option(help="at which the pictures are coded")] = EVALUATED_QUALITIES,
    minutes: Annotated[float, typer.Option(help="of training between two evaluations")] = 30.0,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="folder of runs, in which the queue has one of its name")
    ] = Path("runs"),
    device: Device = "auto",
    threads: Threads = 1,
    limit: Limit = None,
) -> None:
    """Run the stages of a queue; called again, go on where it stopped.

    An interrupt leaves all files whole, and the exit code is 130.
    """
    orders = Orders(data, pictures, curves, qualities, minutes, output, limit)
    with lines_shown():
        code = run_queue(recipe, orders, device, threads)
    answer({"queue": str(recipe), "output": str(output), "exit_code": code})
    raise typer.Exit(code)
