"""`sapm quantize` and `guides`: number formats of a trained codec, and what its encoders go by, from photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import CheckpointFile, Force, TrainingData
from cli.console import answer, is_quiet, say
from cli.training import CalibrationPhotographs, Noise
from model.calibration import CALIBRATION_LIMIT, guide_checkpoint, quantize_checkpoint
from model.guides import PROGRESS
from model.quantization.budget import DEFAULT_NOISE


def quantize(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="float checkpoint (.npz)")],
    data: TrainingData,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="where to write; default: the checkpoint itself")
    ] = None,
    limit: CalibrationPhotographs = CALIBRATION_LIMIT,
    noise: Noise = DEFAULT_NOISE,
    force: Force = False,
) -> None:
    """Choose the number formats of a trained codec on photographs and store them in its checkpoint."""
    out = output or checkpoint
    PROGRESS.quiet = is_quiet()
    quantize_checkpoint(checkpoint, data, out, limit, noise, force)
    say(f"{out}: quantized")
    answer({"checkpoint": str(out)})


def guides(
    checkpoint: CheckpointFile,
    data: TrainingData,
    limit: CalibrationPhotographs = CALIBRATION_LIMIT,
) -> None:
    """Fit dead zones, gains and targets of a quantized codec on photographs and store them in its checkpoint."""
    PROGRESS.quiet = is_quiet()
    guide_checkpoint(checkpoint, data, limit)
    say(f"{checkpoint}: guided")
    answer({"checkpoint": str(checkpoint)})
