"""`sapm evaluate`: rate and distortion of codecs on a folder of pictures, beside classical and published codecs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID

from cli.arguments import Force, Output, Pictures, Workers, named_path
from cli.console import announce, answer, console, progress_bar, warn
from cli.evaluation_screen import show
from evaluation import RESULTS, Coder, Evaluation, IntegerCodec, PictureFolder, find_anchors, read_published
from evaluation.anchors import ANCHORS, DEFAULT_ANCHORS
from evaluation.journal import Journal
from evaluation.settings import DEFAULT_QUALITIES, read_qualities
from host.effort import check_effort
from ops.files import check_folder
from sapm.codecs import folder_of, load_codec
from sapm.evaluating import KIND, Subject, drawn_curves, exported, integer_codecs, measure, write_evaluation
from sapm.wording import count

if TYPE_CHECKING:
    from evaluation.float_codec import FloatCodec

DEFAULT = "base"
"""The codec that is evaluated where none is named."""

SOME_QUALITIES = ",".join(map("{:g}".format, DEFAULT_QUALITIES))


def evaluate(
    pictures: Pictures,
    output: Output,
    codec: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]CODEC", help="codec folder or shipped codec, a curve each; default: base"),
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
    workers: Workers = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on where an evaluation into the same OUTPUT broke off")
    ] = False,
    force: Force = False,
) -> None:
    """Measure bits per pixel, PSNR and MS-SSIM of codecs on a folder of pictures, and BD-rates against others."""
    if scheduler is not None and workers is not None:
        raise ValueError("--workers is for processes of this machine: give either --scheduler or --workers")
    read = [named_path(text)[1] for text in (*(codec or ()), *(checkpoint or ()), *(floats or ()))]
    check_folder(output, KIND, force, [pictures, curves, *read])
    chosen = find_anchors(name.strip() for name in anchors.split(",") if anchors not in ("", "none"))
    published = [] if curves is None else read_published(curves)
    drawn = drawn_curves(published, draw)
    photographs = PictureFolder(pictures)
    points, efforts = read_qualities(qualities), _efforts(effort)
    in_floats = [_float_codec(text, points) for text in floats or ()]
    if not (codec or checkpoint or in_floats):
        codec = [DEFAULT]
    coders: list[Coder] = [*_codecs(codec or [], checkpoint or [], points, efforts), *in_floats, *chosen]
    subject = Subject(coders, photographs, published, in_floats, _reference(in_floats, against))
    journal = Journal.begin(output.absolute().with_name(f"{output.absolute().name}.unfinished.jsonl"), resume)
    evaluation = _run(subject, scheduler, workers, journal)
    shown = [curve for curve in evaluation.curves if curve.kind != "published" or curve in drawn]
    names = write_evaluation(evaluation, shown, _title(evaluation, pictures), output, force)
    journal.end()
    show(evaluation, shown)
    console.print(f"{output}: {', '.join(names)}")
    answer(json.loads((output / RESULTS).read_text()))


def _run(subject: Subject, scheduler: str | None, workers: int | None, journal: Journal) -> Evaluation:
    """Measures; where that breaks off, says how to go on."""
    with progress_bar() as progress:
        bar = progress.add_task("pictures x codecs", total=subject.steps)
        try:
            return measure(subject, scheduler, workers, lambda count: _advance(progress, bar, count), journal)
        except BaseException:
            if journal.done:
                warn(f"{count(len(journal.done), 'measurement')} kept in {journal.path}: --resume goes on from there")
            else:
                journal.end()
            raise


def _advance(progress: Progress, bar: TaskID, count: int) -> None:
    """Moves the bar; where there is no terminal to show it, prints a line at every tenth."""
    task = progress.tasks[bar]
    before = int(task.percentage) // 10
    progress.advance(bar, count)
    if not console.is_terminal and int(task.percentage) // 10 > before:
        console.print(f"{task.completed:.0f} of {task.total:.0f} done")


def _codecs(
    codecs: Sequence[str], checkpoints: Sequence[str], qualities: tuple[float, ...], efforts: Sequence[int]
) -> list[IntegerCodec]:
    """Integer codecs, named, of folders and of checkpoints, each with every effort."""
    hosts = []
    for text in codecs:
        label, path = named_path(text)
        hosts.append((label or path.resolve().name, load_codec(folder_of(path))))
    for text in checkpoints:
        label, path = named_path(text)
        with announce(f"exporting {path.name}"):
            hosts.append((label or path.stem, exported(path)))
    return [coder for name, host in hosts for coder in integer_codecs({name: host}, qualities, efforts)]


def _efforts(text: str) -> list[int]:
    """Efforts from comma-separated numbers. Raises ValueError for what is none."""
    if not all(part.strip().isdecimal() for part in text.split(",")):
        raise ValueError(f"--effort must be comma-separated numbers from 0 to 9, not {text!r}")
    efforts = list(dict.fromkeys(int(part) for part in text.split(",")))
    for effort in efforts:
        check_effort(effort)
    return efforts


def _float_codec(text: str, qualities: Sequence[float]) -> FloatCodec:
    # torch comes with it, and integer codecs need none
    from evaluation.float_codec import FloatCodec  # noqa: PLC0415

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


def _title(evaluation: Evaluation, pictures: Path) -> str:
    return f"{pictures.resolve().name}, mean of {count(len(evaluation.pictures), 'picture')}"
