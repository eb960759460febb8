"""`sapm train`: a float codec from photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, TrainingData
from cli.console import answer
from cli.fields import Fields, Options, with_options
from cli.training import Device, Limit, Resume, Threads, Trained, lines_shown
from model.checkpoint import read_record
from model.configuration import CodecConfiguration
from model.options import Start
from model.plan import TrainingPlan
from model.recipe import read_settings
from model.training_run import Logs, train_codec


@with_options(
    configuration=Options(CodecConfiguration, "Codec", defaults={"widths": "the preset's"}),
    plan=Options(TrainingPlan, "Training", defaults={"soft_share": None, "hardening_share": None}),
)
def train(
    data: TrainingData,
    output: Trained,
    configuration: Fields,
    plan: Fields,
    recipe: Annotated[
        Path | None, typer.Option(help="TOML file: preset, and tables configuration and plan; options come before it")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="tiny, small or base; default: small")] = None,
    start_from: Annotated[Path | None, typer.Option(help="checkpoint with the weights to begin with")] = None,
    linear_start: Annotated[
        bool | None,
        typer.Option(help="begin as a linear codec of the photographs; default where nothing else is to begin with"),
    ] = None,
    resume: Resume = False,
    force: Force = False,
    device: Device = "auto",
    threads: Threads = 1,
    tf32: Annotated[bool, typer.Option(help="convolutions of 19-bit numbers on CUDA: faster, less exact")] = False,
    limit: Limit = None,
    log_dir: Annotated[
        Path, typer.Option(help="TensorBoard logs; a folder in it is named after the checkpoint")
    ] = Path("runs"),
    tensorboard: Annotated[bool, typer.Option(help="write a TensorBoard log")] = True,
    outliers: Annotated[bool, typer.Option(help="print the largest values of each map at the end")] = False,
) -> None:
    """Train a codec until its budget is spent; the checkpoint is written every few minutes.

    An interrupt ends the run after its step, with a whole checkpoint, and the exit code is 130. Several devices:
    torchrun --nproc-per-node 2 -m cli.main train ...
    """
    settings = read_settings(recipe, preset, configuration, plan)
    start = Start(start_from, linear_start, resume, force)
    logs = Logs(log_dir / output.stem if tensorboard else None, outliers)
    with lines_shown():
        code = train_codec(data, output, settings, start, logs, device, threads, is_tf32=tf32, limit=limit)
    answer({"checkpoint": str(output), "exit_code": code, "record": read_record(output)})
    raise typer.Exit(code)
