"""`sapm finetune`: a trained float codec becomes integers, layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, TrainingData
from cli.console import answer
from cli.fields import Fields, Options, with_options
from cli.training import Device, Limit, Noise, Resume, Threads, Trained, lines_shown
from model.checkpoint import read_record
from model.configuration import CodecConfiguration
from model.finetuner import Stages
from model.finetuning_run import FINETUNE_DEFAULTS, FINETUNED, INTERVALS, finetune_codec
from model.options import Start
from model.plan import TrainingPlan
from model.quantization.budget import DEFAULT_NOISE
from model.quantization.formats import BitWidths

EXPONENTS = ("exponent_window", "exponent_base")


@with_options(
    stages=Options(Stages, "Fine-tuning"),
    widths=Options(BitWidths, "Weights", ("weight", "narrow")),
    exponents=Options(CodecConfiguration, "Weights", EXPONENTS, defaults=dict.fromkeys(EXPONENTS, "the checkpoint's")),
    plan=Options(TrainingPlan, "Fine-tuning", (*FINETUNED, *INTERVALS), defaults=FINETUNE_DEFAULTS),
)
def finetune(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="trained float checkpoint (.npz)")],
    data: TrainingData,
    output: Trained,
    stages: Fields,
    widths: Fields,
    exponents: Fields,
    plan: Fields,
    noise: Noise = DEFAULT_NOISE,
    resume: Resume = False,
    force: Force = False,
    device: Device = "auto",
    threads: Threads = 1,
    limit: Limit = None,
) -> None:
    """Quantize a trained codec layer by layer, training what follows, then all layers jointly.

    An interrupt ends the run after its step, with a whole checkpoint, and the exit code is 130.
    """
    chosen = Stages(**stages), BitWidths(**widths)
    start = Start(checkpoint, is_resumed=resume, may_replace=force)
    with lines_shown():
        code = finetune_codec(start, data, output, chosen, plan, exponents, noise, device, threads, limit)
    answer({"checkpoint": str(output), "exit_code": code, "record": read_record(output)})
    raise typer.Exit(code)
