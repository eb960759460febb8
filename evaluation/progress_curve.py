"""curve.csv and curve.png of a queue of training: what its snapshots reach, over the hours of processor time."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from evaluation.drawing import PALETTE, figure_files, plain_axes, shown
from evaluation.tables import DECIMALS
from model.snapshots import CURVE
from ops.files import write_whole

REFERENCES = {"bpg_444_x265_ycbcr": "BPG 4:4:4", "jpeg2000": "JPEG 2000", "jpeg": "JPEG"}
"""Published curves by file name, and how the figure names them."""

Rows = list[dict[str, str]]

BD_RATE = "bd_rate_psnr_"
LOSS = "loss_"


def read_rows(folder: Path) -> Rows:
    """The rows so far, as text."""
    path = folder / CURVE
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def add_row(folder: Path, row: dict[str, Any]) -> None:
    """Adds a row to curve.csv, in place of one of the same stage and step, in the order of the queue, and draws
    curve.png anew. Rows of other options may have other columns: all have their union."""
    text = {name: str(round(value, DECIMALS) if isinstance(value, float) else value) for name, value in row.items()}
    kept = [other for other in read_rows(folder) if _place(other) != _place(text)]
    rows = sorted([*kept, text], key=_place)
    columns = list(dict.fromkeys(name for other in [text, *rows] for name in other))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(folder / CURVE, stream.getvalue().encode())
    draw(rows, folder)


def _place(row: dict[str, str]) -> tuple[int, int]:
    return int(row["stage"].partition("-")[0]), int(row["step"])


def draw(rows: Sequence[dict[str, str]], folder: Path) -> None:
    """Writes curve.png and .svg: BD-rates over processor hours, or, where no row has one, held-out losses beside those
    of the first row."""
    names = dict.fromkeys(name for row in rows for name in row if name.startswith(BD_RATE))
    with figure_files(folder, "curve", 8.4, 5.2) as (figure, _):
        axes = figure.subplots()
        if names:
            lines = {REFERENCES.get(name.removeprefix(BD_RATE), name): _line(rows, name) for name in names}
            axes.set_ylabel("BD-rate (PSNR) [%]")
        else:
            losses = dict.fromkeys(name for row in rows for name in row if name.startswith(LOSS))
            lines = {f"lambda {name.removeprefix(LOSS)}": _relative(_line(rows, name)) for name in losses}
            axes.set_ylabel("held-out loss beside the first row [%]")
        for colour, (title, points) in zip(PALETTE, lines.items(), strict=False):
            axes.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=3.5, label=shown(title))
        _mark_stages(axes, rows)
        axes.set_xlabel("hours of processor time")
        axes.set_title(shown(folder.name), loc="left", fontsize=11)
        plain_axes(axes)
        if lines:
            axes.legend(frameon=False)


def _line(rows: Sequence[dict[str, str]], name: str) -> list[tuple[float, float]]:
    return [(float(row["processor_hours"]), float(row[name])) for row in rows if row.get(name)]


def _relative(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(hours, 100 * (loss / points[0][1] - 1)) for hours, loss in points]


def _mark_stages(axes: Axes, rows: Sequence[dict[str, str]]) -> None:
    """A line where the last row of a stage lies, with its name."""
    last = {row["stage"]: float(row["processor_hours"]) for row in rows}
    for stage, hours in last.items():
        axes.axvline(hours, color="#bbbbbb", linewidth=0.8, zorder=0)
        axes.annotate(
            shown(stage), (hours, 1), xycoords=("data", "axes fraction"), rotation=90, va="top", ha="right", fontsize=8,
            color="#707070",
        )  # fmt: skip
