"""`sapm evaluate`: rate and distortion of codecs on a folder of pictures, beside classical and published codecs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from cli.arguments import SHIPPED_CHECKPOINT, Force, Output, named_path
from cli.console import announce, console, progress_bar
from cli.evaluation_screen import count, show
from evaluation import (
    METRICS,
    RESULTS,
    Coder,
    Curve,
    Evaluation,
    IntegerCodec,
    Photographs,
    compare,
    connect,
    find_anchors,
    measure_all,
    measured_curves,
    plot,
    read_published,
    write_tables,
)
from evaluation.anchors import ANCHORS, DEFAULT_ANCHORS
from evaluation.float_codec import FloatCodec
from evaluation.losses import compare_losses
from evaluation.settings import DEFAULT_QUALITIES, rate_weight_of_setting, read_qualities
from host.effort import check_effort
from ops.files import check_folder, whole_folder
from sapm.bundle import Bundle, export_bundle

KIND = "evaluation"

SOME_QUALITIES = ",".join(map("{:g}".format, DEFAULT_QUALITIES))

DRAWN = ("bpg_444_x265_ycbcr", "vtm", "paper-bmshj2018-factorized")
"""Published curves that are drawn and shown where the folder has them; tables have all."""


def evaluate(
    pictures: Annotated[Path, typer.Option(help="folder of photographs, each file of which is tried")],
    output: Output,
    codec: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]FOLDER", help="codec folder, a curve each; default NAME: its own"),
    ] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]FILE", help="quantized checkpoint, as --codec; repeatable")
    ] = None,
    floats: Annotated[
        list[str] | None,
        typer.Option("--float", metavar="[NAME=]FILE", help="any checkpoint, in floats, rate estimated; repeatable"),
    ] = None,
    qualities: Annotated[str, typer.Option(help="comma-separated, of every codec")] = SOME_QUALITIES,
    effort: Annotated[str, typer.Option(help="comma-separated, a curve each of --codec and --checkpoint")] = "0",
    against: Annotated[
        str | None, typer.Option(help="NAME of the --float whose loss others are compared with; default: the first")
    ] = None,
    anchors: Annotated[str, typer.Option(help=f"comma-separated, of {', '.join(ANCHORS)}; or none")] = ",".join(
        DEFAULT_ANCHORS
    ),
    curves: Annotated[Path | None, typer.Option(help="folder of published curves (JSON as CompressAI's)")] = None,
    draw: Annotated[list[str] | None, typer.Option(help="published curve to draw, by file name; repeatable")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a dask scheduler, e.g. tcp://host:8786")] = None,
    workers: Annotated[int | None, typer.Option(help="processes on this machine; default: one a core", min=1)] = None,
    force: Force = False,
) -> None:
    """Measure bits per pixel, PSNR and MS-SSIM of codecs on a folder of pictures, and BD-rates against others."""
    if scheduler is not None and workers is not None:
        raise ValueError("--workers is for processes of this machine: give either --scheduler or --workers")
    read = [named_path(text)[1] for text in (*(codec or ()), *(checkpoint or ()), *(floats or ()))]
    check_folder(output, KIND, force, [pictures, curves, *read])
    chosen = find_anchors(name.strip() for name in anchors.split(",") if anchors not in ("", "none"))
    published = [] if curves is None else read_published(curves)
    drawn = _drawn(published, draw)
    photographs = Photographs(pictures)
    points, efforts = read_qualities(qualities), _efforts(effort)
    in_floats = [_float_codec(text, points) for text in floats or ()]
    if not (codec or checkpoint or in_floats):
        checkpoint = [str(SHIPPED_CHECKPOINT)]
    coders: list[Coder] = [*_codecs(codec or [], checkpoint or [], points, efforts), *in_floats, *chosen]
    _check_names(coders, published)
    reference = _reference(in_floats, against)
    with whole_folder(output, KIND, force) as folder:
        evaluation = _run(coders, photographs, published, reference, scheduler, workers)
        write_tables(evaluation, folder)
        shown = [curve for curve in evaluation.curves if curve.kind != "published" or curve in drawn]
        plots = [path for metric in METRICS for path in plot(shown, metric, _title(evaluation, pictures), folder)]
        names = [RESULTS, *sorted(path.name for path in folder.glob("*.csv")), *(path.name for path in plots)]
    show(evaluation, shown)
    console.print(f"{output}: {', '.join(names)}")


def _run(
    coders: Sequence[Coder],
    photographs: Photographs,
    published: Sequence[Curve],
    reference: str,
    scheduler: str | None,
    workers: int | None,
) -> Evaluation:
    with connect(scheduler, workers or len(os.sched_getaffinity(0))) as client, progress_bar() as progress:
        bar = progress.add_task("pictures x codecs", total=len(photographs) * len(coders))
        rows = measure_all(client, coders, photographs, lambda count: _advance(progress, bar, count))
    curves = [*measured_curves(coders, rows), *published]
    in_floats = [coder for coder in coders if isinstance(coder, FloatCodec)]
    records = {
        (coder.curve, setting): {**coder.record, "rate_weight": rate_weight_of_setting(setting)}
        for coder in in_floats
        for setting in coder.settings
    }
    losses = compare_losses(records, rows, reference) if len(in_floats) > 1 else []
    return Evaluation(curves, compare(curves), rows, photographs.skipped, losses)


def _advance(progress: Progress, bar: TaskID, count: int) -> None:
    """Moves the bar; where there is no terminal to show it, prints a line at every tenth."""
    task = progress.tasks[bar]
    before = int(task.percentage) // 10
    progress.advance(bar, count)
    if not console.is_terminal and int(task.percentage) // 10 > before:
        console.print(f"{task.completed:.0f} of {task.total:.0f} done")


def _codecs(
    folders: Sequence[str], checkpoints: Sequence[str], qualities: tuple[float, ...], efforts: Sequence[int]
) -> list[IntegerCodec]:
    """Integer codecs of folders and checkpoints, each with every effort."""
    hosts = []
    for text in folders:
        label, path = named_path(text)
        hosts.append((label or path.resolve().name, Bundle.load(path).host))
    for text in checkpoints:
        label, path = named_path(text)
        with tempfile.TemporaryDirectory() as folder, announce(f"exporting {path.name}"):
            hosts.append((label or path.stem, export_bundle(path, Path(folder) / "codec").host))
    return [IntegerCodec(name, host, qualities, effort) for name, host in hosts for effort in efforts]


def _efforts(text: str) -> list[int]:
    """Efforts from comma-separated numbers. Raises ValueError for what is none."""
    if not all(part.strip().isdecimal() for part in text.split(",")):
        raise ValueError(f"--effort must be comma-separated numbers from 0 to 9, not {text!r}")
    efforts = list(dict.fromkeys(int(part) for part in text.split(",")))
    for effort in efforts:
        check_effort(effort)
    return efforts


def _float_codec(text: str, qualities: Sequence[float]) -> FloatCodec:
    label, path = named_path(text)
    return FloatCodec.load(label or path.stem, path, qualities)


def _reference(floats: Sequence[FloatCodec], name: str | None) -> str:
    """The curve that losses are compared with. Raises ValueError for a name that no float codec has."""
    names = [codec.name for codec in floats]
    if name is not None and name not in names:
        raise ValueError(
            f"--against must be the name of a --float ({', '.join(names) or 'there is none'}), not {name!r}"
        )
    return next((codec.curve for codec in floats if name in (None, codec.name)), "")


def _check_names(coders: Sequence[Coder], published: Sequence[Curve]) -> None:
    """Raise ValueError where two points or curves could not be told apart."""
    points = [(coder.curve, setting) for coder in coders for setting in coder.settings]
    for curve, setting in points:
        if points.count((curve, setting)) > 1:
            raise ValueError(f"{curve} must have different codecs, not {setting!r} twice: name one with NAME=")
    taken = {anchor.curve for anchor in ANCHORS.values()} | {curve.name for curve in published}
    for coder in coders:
        if coder.kind == "codec" and coder.curve in taken:
            raise ValueError(f"a codec must have a name of its own, not {coder.curve!r}: another curve has it")


def _drawn(published: Sequence[Curve], names: Sequence[str] | None) -> list[Curve]:
    """The published curves to draw. Raises ValueError for a name that none has."""
    found = {curve.name: curve for curve in published}
    for name in names or ():
        if name not in found:
            raise ValueError(
                f"--draw must name a published curve ({', '.join(found) or 'there is none'}), not {name!r}"
            )
    return [found[name] for name in names or DRAWN if name in found]


def _title(evaluation: Evaluation, pictures: Path) -> str:
    return f"{pictures.resolve().name}, mean of {count(len(evaluation.pictures), 'picture')}"
