"""A picture through every level of a codec, and a folder with all that came of it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.metrics import quality
from host import write_picture
from host.pictures import Picture
from ops.files import check_folder, whole_folder
from sapm.announcing import Announce, silent
from sapm.bundle import Bundle, export_bundle, save_bundle
from sapm.comparison_file import write_comparison
from sapm.cosimulation import COMPRESSED, CodecCosimulation, cosimulate
from sapm.figures import side_by_side
from sapm.findings import Report, operations_per_pixel
from sapm.levels import compare_run
from sapm.opening import open_codec
from sapm.project import DEFAULT_TARGET, Project, generate
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import leave_report
from sapm.reporting.files import COMPARISON
from sapm.simulation import BUILDS

REPORT = "report.json"
KIND = "demo"
DEMONSTRATED = "small"
"""The shipped codec that is shown."""


@dataclass(frozen=True)
class Scene:
    """What is shown: a picture (3, rows, columns) and what it is called, the quality of its file, and the codec: a
    quantized checkpoint, which is exported and compared as well, or what `open_codec` takes."""

    picture: Picture
    name: str = "picture"
    quality: float = DEFAULT_QUALITY
    codec: str | Path = DEMONSTRATED
    checkpoint: Path | None = None
    target: str = DEFAULT_TARGET
    fps: float | None = None

    def bundle(self, folder: Path) -> Bundle:
        """The codec, in a folder of its own."""
        if self.checkpoint is not None:
            return export_bundle(self.checkpoint, folder)
        return save_bundle(open_codec(self.codec).host, folder)


def demonstrate(scene: Scene, folder: Path, announce: Announce = silent, force: bool = False) -> Report:
    """Generates, simulates and compares in `folder`, and reports. Raises as the steps do."""
    check_folder(folder, KIND, force, [scene.checkpoint, Path(scene.codec)])
    with whole_folder(folder, KIND, force) as part:
        return _demonstrate(scene, part, announce)


def _demonstrate(scene: Scene, folder: Path, announce: Announce) -> Report:
    start, picture = time.perf_counter(), scene.picture
    write_picture(picture, folder / "picture.png")
    with announce("codec as ONNX files"):
        bundle = scene.bundle(folder / "codec")
    with announce("HLS projects and RTL"):
        size = {"height": picture.shape[1], "width": picture.shape[2]}
        project = generate(bundle, folder / "project", target=scene.target, fps=scene.fps, picture=picture, **size)
    result = cosimulate(project, picture, folder / "run", quality=scene.quality, announce=announce)
    assert isinstance(result, CodecCosimulation)
    with announce("comparison of every tensor") as step:
        comparisons = list(compare_run(bundle, folder / "run", scene.checkpoint, step.teller("levels")))
        write_comparison(bundle, comparisons, folder / "run")
        leave_report(folder / "run", COMPARISON)
    write_picture(result.picture, folder / "decoded.png")
    figures = quality(picture, result.picture, len(result.compressed))
    side_by_side(picture, result.picture, str(figures), folder / "side_by_side.png")
    shutil.copyfile(folder / "run" / COMPRESSED, folder / COMPRESSED)
    shutil.rmtree(project.folder / BUILDS, ignore_errors=True)
    report = Report(
        picture=scene.name,
        height=picture.shape[1],
        width=picture.shape[2],
        model_hash=bundle.identity,
        file_bytes=len(result.compressed),
        coded_at_quality=scene.quality,
        quality=figures,
        decoded_alike=bool(np.array_equal(bundle.host.decode(result.compressed), result.picture)),
        comparisons=comparisons,
        timings=result.timings,
        operations=_operations(project),
        seconds=round(time.perf_counter() - start, 1),
    )
    report.write(folder / REPORT)
    leave_report(folder)
    return report


def _operations(project: Project) -> dict[str, dict[str, float]]:
    host = project.bundle.host
    reduction = int(host.synthesis.output_type.rate)
    return {
        "analysis": operations_per_pixel(host.analysis, 1),
        "synthesis": operations_per_pixel(host.synthesis, reduction),
    }
