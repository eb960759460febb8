"""Rate-distortion plots: PNG and SVG, every curve labelled where it ends, colours that the colour-blind tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from evaluation.curves import Curve, Metric
from evaluation.drawing import figure_files, plain_axes, shown
from evaluation.metrics.bd_rate import RatePoints

COLOURS = {
    "codec": ("#000000", "#D55E00", "#0072B2", "#CC79A7", "#009E73", "#E69F00", "#56B4E9"),
    "anchor": ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2"),
    "published": ("#707070",),
}
"""Okabe and Ito's palette, and a grey for what was not measured here."""

STYLES: dict[str, dict[str, Any]] = {
    "codec": {"linewidth": 2.2, "markersize": 6.5, "zorder": 4},
    "anchor": {"linewidth": 1.4, "markersize": 3.5, "zorder": 3},
    "published": {"linewidth": 1.1, "markersize": 2.5, "zorder": 2},
}
MARKERS = "osD^vPX"
DASHES = ((4, 2), (1, 1.5), (6, 2, 1, 2), (2, 1), (8, 3))
"""Of the published curves: on, off, on, off [points]."""

SPACING = 0.036
"""Least distance of labels, as a share of the axes' height."""

INSIDE = 0.9
"""A line that ends before this share of the shown rates has its name there, and not at the edge."""

SMALLEST_RATE_RANGE = 1.2
"""Bits per pixel that a plot shows at least."""


@dataclass(frozen=True)
class _Line:
    name: str
    kind: str
    points: RatePoints
    colour: str
    marker: str
    dashes: tuple[float, ...] | None

    @property
    def is_point(self) -> bool:
        """A single point, which has no line: the legend names it."""
        return len(self.points) == 1

    def end(self, highest: float) -> tuple[float, float] | None:
        """Where the line leaves the plot or ends; None where it lies outside."""
        rates, decibels = zip(*self.points, strict=True)
        if rates[0] > highest:
            return None
        rate = min(highest, rates[-1])
        return rate, float(np.interp(rate, rates, decibels))


def plot(curves: Sequence[Curve], metric: Metric, title: str, folder: Path) -> list[Path]:
    """Writes rd_<metric>.png and .svg of the curves that have the metric; the files, none where no curve has it."""
    lines = list(_lines(curves, metric))
    if not lines:
        return []
    with figure_files(folder, f"rd_{metric.name}", 9.6, 6.4) as (figure, paths):
        axes = figure.subplots()
        _draw(axes, lines)
        if any(line.is_point for line in lines):
            figure.legend(loc="outside lower center", ncols=3, frameon=False)
        axes.set_title(shown(title), loc="left", fontsize=11)
        axes.set_xlabel("bits per pixel")
        axes.set_ylabel(metric.title)
    return paths


def _lines(curves: Sequence[Curve], metric: Metric) -> Iterator[_Line]:
    colours = {kind: cycle(palette) for kind, palette in COLOURS.items()}
    markers, dashes = cycle(MARKERS), cycle(DASHES)
    for curve in curves:
        points = metric.rate_points(curve)
        if points:
            dashed = next(dashes) if curve.kind == "published" else None
            yield _Line(shown(curve.name), curve.kind, points, next(colours[curve.kind]), next(markers), dashed)


def _draw(axes: Axes, lines: Sequence[_Line]) -> None:
    for line in lines:
        rates, decibels = zip(*line.points, strict=True)
        style = STYLES[line.kind] | ({"linestyle": "none", "label": line.name} if line.is_point else {})
        (drawn,) = axes.plot(rates, decibels, color=line.colour, marker=line.marker, **style)
        if line.dashes:
            drawn.set_dashes(line.dashes)
    lowest, highest = _rate_range(lines)
    low, high = _quality_range(lines, highest)
    axes.set_xlim(lowest, highest)
    axes.set_ylim(low, high)
    plain_axes(axes)
    _label(axes, [line for line in lines if not line.is_point], highest, (low, high))


def _rate_range(lines: Sequence[_Line]) -> tuple[float, float]:
    """To a little more than the codecs reach: anchors go on to rates that nobody asks about. Points alone fill it."""
    if all(line.is_point for line in lines):
        rates = [line.points[0][0] for line in lines]
        margin = max(0.25 * (max(rates) - min(rates)), 0.02)
        return min(rates) - margin, max(rates) + margin
    chosen = [line for line in lines if line.kind == "codec"] or lines
    return 0.0, max(SMALLEST_RATE_RANGE, 1.15 * max(line.points[-1][0] for line in chosen))


def _quality_range(lines: Sequence[_Line], highest: float) -> tuple[float, float]:
    """From the lowest codec point, or where most curves begin, to the highest visible end."""
    starts = [line.points[0][1] for line in lines]
    codecs = [decibels for line in lines if line.kind == "codec" for _, decibels in line.points]
    ends = [end[1] for line in lines if (end := line.end(highest))]
    low, high = min([float(np.median(starts)), *codecs]), max([*ends, *codecs])
    margin = 0.05 * max(high - low, 1.0)
    return low - margin, high + margin


def _label(axes: Axes, lines: Sequence[_Line], highest: float, limits: tuple[float, float]) -> None:
    """Names beside the ends of the lines; at the right edge moved apart where they would overlap."""
    low, high = limits
    ends = [(line, end) for line in lines if (end := line.end(highest)) and low <= end[1] <= high]
    ends.sort(key=lambda pair: pair[1][1])
    inside = [(line, end) for line, end in ends if end[0] < INSIDE * highest]
    for (line, end), place in zip(inside, _spread([(end[1] - low) / (high - low) for _, end in inside]), strict=True):
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
        across = axes.transAxes.inverted().transform(axes.transData.transform(end))[0] + 0.012
        axes.annotate(line.name, end, xytext=(across, place), textcoords="axes fraction", bbox=box, **_text(line))
    at_edge = [pair for pair in ends if pair not in inside]
    places = _spread([(end[1] - low) / (high - low) for _, end in at_edge])
    for (line, end), place in zip(at_edge, places, strict=True):
        leader: dict[str, Any] = {"arrowstyle": "-", "color": line.colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 0}
        leader["relpos"] = (0, 0.5)
        place_text: dict[str, Any] = {"xytext": (1.035, place), "textcoords": "axes fraction", "annotation_clip": False}
        axes.annotate(line.name, end, arrowprops=leader, **place_text, **_text(line))


def _text(line: _Line) -> dict[str, Any]:
    weight = "bold" if line.kind == "codec" else "normal"
    return {"va": "center", "fontsize": 9, "fontweight": weight, "color": "#222222"}


def _spread(places: Sequence[float]) -> list[float]:
    """Rising places, at most 1, moved up and down alike to be apart by SPACING."""
    upward: list[float] = []
    for place in places:
        upward.append(max(place, upward[-1] + SPACING) if upward else place)
    downward: list[float] = []
    for place in reversed(places):
        downward.append(min(place, downward[-1] - SPACING) if downward else place)
    # both keep the distance, and so does their mean
    spread = [(up + down) / 2 for up, down in zip(upward, reversed(downward), strict=True)]
    ceiling = 1.0
    for index in reversed(range(len(spread))):
        spread[index] = min(spread[index], ceiling)
        ceiling = spread[index] - SPACING
    return spread
