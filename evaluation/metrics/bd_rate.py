"""Bjontegaard's delta rate (VCEG-M33), with piecewise cubic Hermite (pchip) curves as JCT-VC has computed it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, isfinite, log

from scipy.interpolate import PchipInterpolator

NEEDED_POINTS = 4
"""Fewest points of a curve: with fewer, what lies between them is a guess."""


class BdRateError(ValueError):
    """Two curves that have no BD-rate; the message is one line that says why."""


@dataclass(frozen=True)
class BdRate:
    """`percent` more bits for the same quality (negative: fewer), on average over the quality from `low` to `high`."""

    percent: float
    low: float
    high: float


RatePoints = Sequence[tuple[float, float]]
"""(rate, quality in dB) of each point of a curve."""


def bd_rate(reference: RatePoints, tested: RatePoints) -> BdRate:
    """How many percent more bits `tested` takes than `reference`, over the range of quality that both reach.

    The logarithm of the rate is interpolated over quality (pchip) and its mean difference taken; so swapping the curves
    inverts the ratio of rates exactly. Raises BdRateError for fewer than 4 points, for a curve whose quality does
    not rise with its rate, and for curves that share no quality.
    """
    curves = [_checked(name, points) for name, points in (("reference", reference), ("tested", tested))]
    low, high = max(points[0][1] for points in curves), min(points[-1][1] for points in curves)
    if low >= high:
        ranges = " and ".join(f"{points[0][1]:.2f} to {points[-1][1]:.2f} dB" for points in curves)
        raise BdRateError(f"no common quality: {ranges}")
    means = [_mean_log_rate(points, low, high) for points in curves]
    return BdRate(100 * (exp(means[1] - means[0]) - 1), low, high)


def _checked(name: str, points: RatePoints) -> list[tuple[float, float]]:
    """The points by rising rate."""
    if len(points) < NEEDED_POINTS:
        raise BdRateError(f"{name} curve must have at least {NEEDED_POINTS} points, not {len(points)}")
    ordered = sorted(points)
    for rate, decibels in ordered:
        if not (rate > 0 and isfinite(rate) and isfinite(decibels)):
            raise BdRateError(f"{name} curve must have finite points and positive rates, not {decibels} dB at {rate}")
    for (rate, decibels), (next_rate, next_decibels) in pairwise(ordered):
        if next_rate <= rate or next_decibels <= decibels:
            raise BdRateError(
                f"{name} curve must rise, and goes from {decibels:.2f} dB at {rate:.3f} bpp "
                f"to {next_decibels:.2f} dB at {next_rate:.3f} bpp"
            )
    return ordered


def _mean_log_rate(points: list[tuple[float, float]], low: float, high: float) -> float:
    logarithms = [log(rate) for rate, _ in points]
    curve = PchipInterpolator([decibels for _, decibels in points], logarithms)
    return float(curve.integrate(low, high)) / (high - low)
