"""`sapm evaluate`: rate and distortion of codecs on a folder of pictures, beside classical and published codecs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from cli.arguments import SHIPPED_CHECKPOINT, Output, named_path
from cli.bundle import Bundle, export_bundle
from cli.console import announce, console
from evaluation import (
    METRICS,
    RESULTS,
    Coder,
    Comparison,
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
from ops.files import whole_folder

LABEL = "SAPM"
"""Curve of the codecs that are given without a name."""

DRAWN = ("bpg_444_x265_ycbcr", "vtm", "paper-bmshj2018-factorized")
"""Published curves that are drawn and shown where the folder has them; tables have all."""

SKIPPED_SHOWN = 5


def evaluate(
    pictures: Annotated[Path, typer.Option(help="folder of photographs, each file of which is tried")],
    output: Output,
    codec: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]FOLDER", help="codec folder; same NAME, same curve; repeatable")
    ] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]FILE", help="quantized checkpoint, as --codec; repeatable")
    ] = None,
    anchors: Annotated[str, typer.Option(help=f"comma-separated, of {', '.join(ANCHORS)}; or none")] = ",".join(
        DEFAULT_ANCHORS
    ),
    curves: Annotated[Path | None, typer.Option(help="folder of published curves (JSON as CompressAI's)")] = None,
    draw: Annotated[list[str] | None, typer.Option(help="published curve to draw, by file name; repeatable")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a dask scheduler, e.g. tcp://host:8786")] = None,
    workers: Annotated[int | None, typer.Option(help="processes on this machine; default: one a core", min=1)] = None,
) -> None:
    """Measure bits per pixel, PSNR and MS-SSIM of codecs on a folder of pictures, and BD-rates against others."""
    if scheduler is not None and workers is not None:
        raise ValueError("--workers is for processes of this machine: give either --scheduler or --workers")
    chosen = find_anchors(name.strip() for name in anchors.split(",") if anchors not in ("", "none"))
    published = [] if curves is None else read_published(curves)
    drawn = _drawn(published, draw)
    photographs = Photographs(pictures)
    coders: list[Coder] = [*_codecs(codec or [], checkpoint or []), *chosen]
    _check_names(coders, published)
    with whole_folder(output, RESULTS) as folder:
        evaluation = _run(coders, photographs, published, scheduler, workers)
        write_tables(evaluation, folder)
        shown = [curve for curve in evaluation.curves if curve.kind != "published" or curve in drawn]
        plots = [path for metric in METRICS for path in plot(shown, metric, _title(evaluation, pictures), folder)]
        names = [RESULTS, *sorted(path.name for path in folder.glob("*.csv")), *(path.name for path in plots)]
    _show(evaluation, shown)
    console.print(f"{output}: {', '.join(names)}", highlight=False, markup=False)


def _run(
    coders: Sequence[Coder],
    photographs: Photographs,
    published: Sequence[Curve],
    scheduler: str | None,
    workers: int | None,
) -> Evaluation:
    with connect(scheduler, workers or len(os.sched_getaffinity(0))) as client, _progress() as progress:
        bar = progress.add_task("pictures x codecs", total=len(photographs) * len(coders))
        rows = measure_all(client, coders, photographs, lambda count: _advance(progress, bar, count))
    curves = [*measured_curves(coders, rows), *published]
    return Evaluation(curves, compare(curves), rows, photographs.skipped)


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)


def _advance(progress: Progress, bar: TaskID, count: int) -> None:
    """Moves the bar; where there is no terminal to show it, prints a line at every tenth."""
    task = progress.tasks[bar]
    before = int(task.percentage) // 10
    progress.advance(bar, count)
    if not console.is_terminal and int(task.percentage) // 10 > before:
        console.print(f"{task.completed:.0f} of {task.total:.0f} done", highlight=False)


def _codecs(folders: Sequence[str], checkpoints: Sequence[str]) -> list[IntegerCodec]:
    """Codecs of folders and checkpoints; of the shipped checkpoint where neither is given."""
    if not folders and not checkpoints:
        checkpoints = [str(SHIPPED_CHECKPOINT)]
    codecs = []
    for text in folders:
        label, path = named_path(text)
        codecs.append(IntegerCodec(label or LABEL, path.resolve().name, Bundle.load(path).host))
    for text in checkpoints:
        label, path = named_path(text)
        with tempfile.TemporaryDirectory() as folder, announce(f"exporting {path.name}"):
            codecs.append(IntegerCodec(label or LABEL, path.stem, export_bundle(path, Path(folder) / "codec").host))
    return codecs


def _check_names(coders: Sequence[Coder], published: Sequence[Curve]) -> None:
    """Raise ValueError where two points or curves could not be told apart."""
    points = [(coder.curve, setting) for coder in coders for setting in coder.settings]
    for curve, setting in points:
        if points.count((curve, setting)) > 1:
            raise ValueError(f"{curve} must have different codecs, not {setting!r} twice: name one with NAME=")
    taken = {anchor.curve for anchor in ANCHORS.values()} | {curve.name for curve in published}
    for coder in coders:
        if isinstance(coder, IntegerCodec) and coder.curve in taken:
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
    return f"{pictures.resolve().name}, mean of {_count(len(evaluation.pictures), 'picture')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _show(evaluation: Evaluation, shown: Sequence[Curve]) -> None:
    """The summary on the screen."""
    console.print(_points_table([curve for curve in shown if curve.kind == "codec"]))
    for codec in (curve for curve in shown if curve.kind == "codec"):
        references = [curve.name for curve in shown]
        rows = [row for row in evaluation.comparisons if row.codec == codec.name and row.reference in references]
        reasons = {row.reason for row in rows}
        if len(reasons) == 1 and "" not in reasons:
            console.print(f"no BD-rate: {reasons.pop()}", highlight=False, markup=False)
        elif rows:
            console.print(_comparison_table(codec.name, rows))
    if evaluation.skipped:
        _show_skipped(list(evaluation.skipped.values()))


def _show_skipped(reasons: Sequence[str]) -> None:
    rest = len(reasons) - SKIPPED_SHOWN
    lines = [*reasons[:SKIPPED_SHOWN], *([f"and {rest} more, see {RESULTS}"] if rest > 0 else [])]
    text = f"{_count(len(reasons), 'file')} skipped:\n  " + "\n  ".join(lines)
    console.print(text, style="yellow", highlight=False, markup=False)


def _points_table(curves: Sequence[Curve]) -> Table:
    title = "mean over pictures; bits of real files"
    table = Table("codec", "setting", "bpp", "PSNR dB", "MS-SSIM", "MS-SSIM dB", title=title, title_justify="left")
    for curve in curves:
        for point in curve.points:
            similar = "-" if point.ms_ssim is None else f"{point.ms_ssim:.4f}"
            decibels = "-" if point.ms_ssim_decibels is None else f"{point.ms_ssim_decibels:.2f}"
            table.add_row(
                escape(curve.name),
                escape(point.setting),
                f"{point.bits_per_pixel:.4f}",
                f"{point.psnr:.2f}",
                similar,
                decibels,
            )
    return table


def _comparison_table(codec: str, rows: Sequence[Comparison]) -> Table:
    """BD-rates of one codec, or the reason why there is none."""
    table = Table("BD-rate against", *(metric.name for metric in METRICS), title=escape(codec), title_justify="left")
    by_reference: dict[str, dict[str, Comparison]] = {}
    for row in rows:
        by_reference.setdefault(row.reference, {})[row.metric] = row
    for reference, of_metric in by_reference.items():
        table.add_row(escape(reference), *(_cell(of_metric.get(metric.name)) for metric in METRICS))
    return table


def _cell(row: Comparison | None) -> str:
    if row is None:
        return "-"
    if row.percent is None:
        return row.reason
    return f"{row.percent:+.1f} % ({row.low:.1f} to {row.high:.1f} dB)"


COMMANDS = (evaluate,)
