"""Codes every picture with every coder at every setting, in parallel, and takes the means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from math import fsum
from typing import Any

from distributed import Client

from evaluation.coders import Coder
from evaluation.curves import Curve, Point
from evaluation.distributed import TaskDied, run_tasks, scattered
from evaluation.journal import Journal, key_of
from evaluation.measurement import Measurement
from evaluation.metrics import Quality, mean_error_psnr, quality, to_decibels
from evaluation.pictures import PictureFolder
from host.pictures import Picture


@dataclass(frozen=True)
class _Task:
    """A picture and the curve of a coder."""

    picture: str
    curve: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.picture}, {self.curve}"


def measure(coder: Coder, name: str, picture: Picture) -> list[Measurement]:
    """One picture at all settings of one coder; what a worker does."""
    rows = []
    for setting in coder.settings:
        coded = coder.code(picture, setting)
        height, width = picture.shape[1:]
        figures = quality(picture, coded.picture, coded.size)
        rows.append(Measurement(coder.curve, setting, name, width, height, coded.size, figures, coded.times))
    return rows


def measure_all(
    client: Client,
    coders: Sequence[Coder],
    photographs: PictureFolder,
    advance: Callable[[int], None] = lambda _: None,
    journal: Journal | None = None,
) -> list[Measurement]:
    """Every readable picture with every coder, by coder, setting and picture, whatever the order they finish in.

    What a `journal` has is not measured again; it gets the rest. `advance` is called with the number of tasks done
    since its last call, of len(photographs) * len(coders). Pictures on which workers die are left out, and
    `photographs.skipped` says so. Raises ValueError where no picture is left, RuntimeError where coding one fails.
    """
    sent = [scattered(client, coder, broadcast=True) for coder in coders]

    def tasks() -> Iterator[tuple[_Task, Callable[[], tuple[Any, ...]]]]:
        for name, picture in photographs:
            data = scattered(client, picture)
            for coder, future in zip(coders, sent, strict=True):
                key = "" if journal is None else key_of(coder, name, picture)
                if journal is not None and key in journal.done:
                    known.append(journal.done[key])
                    advance(1)
                else:
                    yield _Task(name, coder.curve, key), partial(_arguments, future, name, data)

    rows: list[Measurement] = []
    known: list[list[Measurement]] = []
    done = 0
    for task, result in run_tasks(client, measure, tasks()):
        if isinstance(result, TaskDied):
            photographs.skipped[task.picture] = str(result)
        else:
            rows += result
            if journal is not None:
                journal.add(task.key, result)
        done += 1
        advance(1)
    done += len(known)
    rows = [row for row in (*rows, *chain.from_iterable(known)) if row.picture not in photographs.skipped]
    if not rows:
        first = next(iter(photographs.skipped.values()))
        count = len(photographs.skipped)
        raise ValueError(f"{photographs.folder} must hold a readable picture; {count} skipped, the first: {first}")
    advance(len(photographs) * len(coders) - done)
    order = {(coder.curve, setting): index for index, (coder, setting) in enumerate(_points(coders))}
    return sorted(rows, key=lambda row: (order[row.curve, row.setting], row.picture))


def _arguments(coder: Callable[[], Any], name: str, picture: Callable[[], Any]) -> tuple[Any, ...]:
    return coder(), name, picture()


def _points(coders: Sequence[Coder]) -> list[tuple[Coder, str]]:
    return [(coder, setting) for coder in coders for setting in coder.settings]


def measured_curves(coders: Sequence[Coder], rows: Sequence[Measurement]) -> list[Curve]:
    """A curve for each name that coders have, of the means over all pictures at each setting.

    MS-SSIM has a mean only where every picture is large enough for it.
    """
    points: dict[str, list[Point]] = {coder.curve: [] for coder in coders}
    notes: dict[str, tuple[str, str]] = {}
    for coder, setting in _points(coders):
        of_point = [row for row in rows if (row.curve, row.setting) == (coder.curve, setting)]
        points[coder.curve].append(_mean(setting, [row.quality for row in of_point]))
        notes[coder.curve] = coder.kind, coder.note
    return [
        Curve(name, *notes[name], tuple(sorted(of_curve, key=lambda point: point.bits_per_pixel)))
        for name, of_curve in points.items()
    ]


def _mean(setting: str, figures: Sequence[Quality]) -> Point:
    count = len(figures)
    rate = fsum(row.bits_per_pixel for row in figures) / count
    psnr = fsum(row.psnr for row in figures) / count
    of_mse = mean_error_psnr([row.psnr for row in figures])
    similarities = [row.ms_ssim for row in figures if row.ms_ssim is not None]
    similarity = fsum(similarities) / count if len(similarities) == count else None
    return Point(setting, rate, psnr, similarity, None if similarity is None else to_decibels(similarity), of_mse)
