"""Points of curves that no BD-rate and no plot can use, and why: none of them vanishes without a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from evaluation.curves import METRICS, Curve, Metric, Point
from evaluation.measurement import Measurement
from evaluation.metrics import SMALLEST_SIDE

NAMED = 3
"""Pictures that a reason names."""


@dataclass(frozen=True)
class LeftOut:
    """The point `setting` of `curve` ("" for all of them) has no finite value of `metric`."""

    curve: str
    setting: str
    metric: str
    reason: str

    def __str__(self) -> str:
        point = self.curve + (f" at {self.setting}" if self.setting else "")
        return f"{point}: left out of {self.metric}: {self.reason}"


def left_out(curves: Sequence[Curve], rows: Sequence[Measurement]) -> list[LeftOut]:
    """A line for every point that was measured and is not finite, and one for every measured curve without a metric."""
    return [line for curve in curves for metric in METRICS for line in _of_curve(curve, metric, rows)]


def _of_curve(curve: Curve, metric: Metric, rows: Sequence[Measurement]) -> Iterator[LeftOut]:
    small = {row.picture for row in rows if row.curve == curve.name and row.quality.ms_ssim is None}
    if small and all(metric.of(point) is None for point in curve.points):
        reason = f"{_named(small)} below {SMALLEST_SIDE} pixels, the smallest side that has it"
        yield LeftOut(curve.name, "", metric.name, reason)
    for point in curve.points:
        value = metric.of(point)
        if value is not None and not isfinite(value):
            yield LeftOut(curve.name, point.setting, metric.name, _infinite(curve, point, rows))


def _infinite(curve: Curve, point: Point, rows: Sequence[Measurement]) -> str:
    of_point = [row for row in rows if (row.curve, row.setting) == (curve.name, point.setting)]
    lossless = {row.picture for row in of_point if row.quality.psnr == inf}
    if not lossless:
        return "it is infinite"
    return f"infinite, {len(lossless)} of {len(of_point)} decoded without loss: {_named(lossless)}"


def _named(pictures: set[str]) -> str:
    names = sorted(pictures)
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
