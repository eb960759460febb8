"""`sapm demo`: a photograph through every level of the codec, and a folder with all that came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from skimage import data

from cli.arguments import Checkpoint, CodecOption, Force, Output, QualityOption, Rate, Target
from cli.console import announce, answer, console, say
from cli.limits import read_announced
from cli.tables import report_screen
from host.qualities import position_of
from ops.files import check_folder
from sapm.demonstration import DEMONSTRATED, KIND, REPORT, Scene, demonstrate
from sapm.project import DEFAULT_TARGET
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import PAGE


def demo(
    picture: Annotated[
        Path | None, typer.Argument(metavar="[PICTURE]", help="any photograph; default: scikit-image's astronaut")
    ] = None,
    output: Output = Path("demo"),
    codec: CodecOption = DEMONSTRATED,
    checkpoint: Checkpoint = None,
    target: Target = DEFAULT_TARGET,
    fps: Rate = None,
    quality: QualityOption = DEFAULT_QUALITY,
    force: Force = False,
) -> None:
    """Take a photograph through ONNX, HLS, RTL and back, and compare every tensor on every level."""
    check_folder(output, KIND, force, [picture, checkpoint])
    position_of(quality)  # refused before any work
    astronaut: Any = data.astronaut
    shown = np.ascontiguousarray(astronaut().transpose(2, 0, 1)) if picture is None else read_announced(picture)
    name = "astronaut" if picture is None else picture.name
    report = demonstrate(Scene(shown, name, quality, codec, checkpoint, target, fps), output, announce, force)
    console.print(report_screen(report))
    console.print(f"{output}: codec, project, run, decoded.png, side_by_side.png, {REPORT}")
    say(f"open {output / PAGE} in a browser: the pictures, the hardware, and what was compared")
    answer(report.to_dictionary())
    if not report.identical:
        raise typer.Exit(1)
