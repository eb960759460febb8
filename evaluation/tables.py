"""Result files: one JSON with everything, CSV tables of points, pictures and BD-rates. Same in, same out: no dates."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from evaluation.comparison import RateComparison
from evaluation.curves import Curve
from evaluation.losses import Loss
from evaluation.measurement import Measurement
from evaluation.omissions import LeftOut, left_out
from evaluation.speeds import Speed, speeds
from ops.files import write_whole

RESULTS = "results.json"
FORMAT = 1
DECIMALS = 6


@dataclass(frozen=True)
class Evaluation:
    """All that was found: curves, BD-rates, every single measurement, and the files that were no pictures."""

    curves: Sequence[Curve]
    comparisons: Sequence[RateComparison]
    measurements: Sequence[Measurement]
    skipped: dict[str, str]
    losses: Sequence[Loss] = ()

    @property
    def left_out(self) -> list[LeftOut]:
        """Points that have no finite value of a metric."""
        return left_out(self.curves, self.measurements)

    @property
    def speeds(self) -> list[Speed]:
        """Processor time of every coder at every setting that was timed."""
        return speeds(self.measurements)

    @property
    def pictures(self) -> dict[str, tuple[int, int]]:
        """(width, height) of each picture."""
        return {row.picture: (row.width, row.height) for row in self.measurements}


def write_tables(evaluation: Evaluation, folder: Path, drawn: Sequence[str] = ()) -> None:
    """Writes results.json, points.csv, pictures.csv, bd_rate.csv, where points have no finite value left_out.csv, and,
    of float codecs, losses.csv. Beside them times.csv, which no two runs have alike.

    Where a decoded picture equals its original, the infinite PSNR is null in JSON and "inf" in CSV.
    """
    points = [
        {"curve": curve.name, "kind": curve.kind, **asdict(point)}
        for curve in evaluation.curves
        for point in curve.points
    ]
    pictures = [_flat(row) for row in evaluation.measurements]
    comparisons = [asdict(row) for row in evaluation.comparisons]
    losses = [asdict(row) for row in evaluation.losses]
    missing = [asdict(row) for row in evaluation.left_out]
    content = {
        "format": FORMAT,
        "pictures": [{"name": n, "width": w, "height": h} for n, (w, h) in evaluation.pictures.items()],
        "skipped": [{"name": name, "reason": reason} for name, reason in sorted(evaluation.skipped.items())],
        "drawn": list(drawn),
        "curves": [asdict(curve) for curve in evaluation.curves],
        "bd_rate": comparisons,
        "left_out": missing,
        "losses": losses,
        "measurements": pictures,
    }
    write_json(folder / RESULTS, content)
    times = [asdict(row) for row in evaluation.speeds]
    tables = {
        "times": times,
        "points": points,
        "pictures": pictures,
        "bd_rate": comparisons,
        "left_out": missing,
        "losses": losses,
    }
    for name, rows in tables.items():
        if rows:
            write_csv(folder / f"{name}.csv", rows)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes JSON with rounded numbers; those that are not finite become null."""
    text = json.dumps(_rounded(content), indent=1, allow_nan=False) + "\n"
    write_whole(path, text.encode())


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows that all have the first one's columns, with rounded numbers."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: round(v, DECIMALS) if isinstance(v, float) else v for k, v in row.items()})
    write_whole(path, text.getvalue().encode(errors="backslashreplace"))  # names need be no UTF-8


def _flat(row: Measurement) -> dict[str, Any]:
    fields = asdict(row)
    figures = fields.pop("quality")
    del fields["times"]
    return {**fields, **figures}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS) if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
