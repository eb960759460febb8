"""`sapm demo`: a photograph through every level of the codec, and a folder with all that came of it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from skimage import data

from cli.arguments import SHIPPED_CHECKPOINT, Checkpoint, Force, Output, Rate, Target
from cli.console import announce, console
from cli.limits import read_announced
from evaluation.metrics import quality
from host import write_picture
from host.pictures import Picture
from host.qualities import position_of
from ops.files import check_folder, whole_folder
from sapm.bundle import export_bundle
from sapm.cosimulation import BUILDS, COMPRESSED, cosimulate
from sapm.figures import side_by_side
from sapm.levels import compare_run
from sapm.plan import Plan
from sapm.project import BACK_ENDS, Project, generate_project
from sapm.rate import DEFAULT_QUALITY
from sapm.report import Report, operations_per_pixel

REPORT = "report.json"
KIND = "demo"


def demo(
    output: Output = Path("demo"),
    image: Annotated[Path | None, typer.Option(help="any photograph; default: scikit-image's astronaut")] = None,
    checkpoint: Checkpoint = SHIPPED_CHECKPOINT,
    target: Target = "zcu102",
    fps: Rate = None,
    coded_at: Annotated[float, typer.Option("--quality", help="1 to 100, of the compressed file")] = DEFAULT_QUALITY,
    force: Force = False,
) -> None:
    """Take a photograph through ONNX, HLS, RTL and back, and compare every tensor on every level."""
    check_folder(output, KIND, force, [image, checkpoint])
    position_of(coded_at)  # refused before any work
    name = "astronaut" if image is None else image.name
    astronaut: Any = data.astronaut
    picture = read_announced(image) if image is not None else np.ascontiguousarray(astronaut().transpose(2, 0, 1))
    with whole_folder(output, KIND, force) as folder:
        report = _run(name, picture, checkpoint, folder, coded_at, (target, fps))
    console.print(report.screen())
    console.print(f"{output}: codec, project, run, decoded.png, side_by_side.png, {REPORT}")
    if not report.identical:
        raise typer.Exit(1)


def _run(
    name: str, picture: Picture, checkpoint: Path, folder: Path, coded_at: float, options: tuple[str, float | None]
) -> Report:
    start = time.perf_counter()
    target, fps = options
    write_picture(picture, folder / "picture.png")
    with announce("export to ONNX"):
        bundle = export_bundle(checkpoint, folder / "codec")
    with announce("HLS projects and RTL"):
        plan = Plan(target, picture.shape[1], picture.shape[2], fps=fps)
        project = generate_project(bundle, plan, folder / "project", BACK_ENDS, picture)
    result = cosimulate(project, picture, folder / "run", BACK_ENDS, announce, position_of(coded_at))
    with announce("comparison of every tensor"):
        comparisons = list(compare_run(bundle, folder / "run", checkpoint))
    decoded = bundle.host.finish(result.pixels, result.size)
    write_picture(decoded, folder / "decoded.png")
    figures = quality(picture, decoded, len(result.compressed))
    side_by_side(picture, decoded, str(figures), folder / "side_by_side.png")
    shutil.copyfile(folder / "run" / COMPRESSED, folder / COMPRESSED)
    shutil.rmtree(project.folder / BUILDS, ignore_errors=True)
    report = Report(
        picture=name,
        height=picture.shape[1],
        width=picture.shape[2],
        model_hash=bundle.host.model_hash.hex(),
        file_bytes=len(result.compressed),
        coded_at_quality=coded_at,
        quality=figures,
        decoded_alike=bool(np.array_equal(bundle.host.decode(result.compressed), decoded)),
        comparisons=comparisons,
        timings=result.timings,
        operations=_operations(project),
        seconds=round(time.perf_counter() - start, 1),
    )
    report.write(folder / REPORT)
    return report


def _operations(project: Project) -> dict[str, dict[str, float]]:
    host = project.bundle.host
    reduction = int(host.synthesis.output_type.rate)
    return {
        "analysis": operations_per_pixel(host.analysis, 1),
        "synthesis": operations_per_pixel(host.synthesis, reduction),
    }
