"""BD-rates of every codec against every other curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.curves import METRICS, Curve
from evaluation.metrics import NEEDED_POINTS, BdRateError, bd_rate


@dataclass(frozen=True)
class RateComparison:
    """BD-rate of `codec` against `reference` over the quality `low` to `high` [dB], or the reason why there is none."""

    codec: str
    reference: str
    kind: str
    metric: str
    percent: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def compare(curves: Sequence[Curve]) -> list[RateComparison]:
    """Every curve of kind "codec" against every other one, in all metrics that both have."""
    return [row for codec in curves if codec.kind == "codec" for row in _compare(codec, curves)]


def _compare(codec: Curve, curves: Sequence[Curve]) -> Iterator[RateComparison]:
    for metric in METRICS:
        tested = metric.rate_points(codec)
        for reference in curves:
            points = metric.rate_points(reference)
            if reference is codec or all(metric.of(point) is None for point in reference.points):
                continue
            names = codec.name, reference.name, reference.kind, metric.name
            if len(tested) < NEEDED_POINTS:
                reason = f"{codec.name} has {len(tested)} of the {NEEDED_POINTS} points that a BD-rate needs"
                yield RateComparison(*names, reason=reason)
                continue
            try:
                result = bd_rate(points, tested)
                yield RateComparison(*names, result.percent, result.low, result.high)
            except BdRateError as error:
                yield RateComparison(*names, reason=str(error))
