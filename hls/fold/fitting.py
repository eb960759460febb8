"""The design for a target: the foldings that meet a rate with the fewest LUTs, or else the best that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from hls.dataflow.folded import FoldedGraph, all_hardware
from hls.dataflow.prediction import Prediction, predict
from hls.devices.area import Area
from hls.devices.targets import Target, device_of
from hls.estimates.resources import estimate
from hls.fold.candidates import Candidates
from hls.fold.folding import CYCLES_PER_PIXEL, choose, pixels
from ops import Folding, Graph, Hardware
from ops.telling import Tell, nobody

MEMORY_PRICES = (0.0, 30.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0)
"""LUTs that are given for a block memory: none unless the target has too few of these."""


@dataclass(frozen=True)
class Request:
    """What is asked for: a target, its clock in MHz, and pictures per second (None: `CYCLES_PER_PIXEL`)."""

    target: Target
    clock_mhz: float
    fps: float | None = None

    def __post_init__(self) -> None:
        check_positive("clock in MHz", self.clock_mhz)
        if self.fps is not None:
            check_positive("pictures per second", self.fps)

    def budget(self, graph: Graph, max_height: int, max_width: int) -> float:
        """Cycles that a picture of the largest size may take."""
        if self.fps is None:
            return CYCLES_PER_PIXEL * pixels(graph, max_height, max_width)
        return self.clock_mhz * 1e6 / self.fps


def check_positive(name: str, value: float) -> None:
    """Raise ValueError unless the value is a positive number."""
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive, not {value!r}")


@dataclass(frozen=True)
class Design:
    """A folded graph on a target."""

    folded: FoldedGraph
    request: Request

    @cached_property
    def hardware(self) -> Mapping[str, Hardware]:
        """The description of every node's module."""
        return all_hardware(self.folded)

    @cached_property
    def prediction(self) -> Prediction:
        """The predicted cycles of the largest picture."""
        return predict(self.folded, self.folded.max_height, self.folded.max_width, self.hardware)

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        """Estimated areas by node, and of what is no node."""
        return estimate(self.folded, device_of(self.request.target).family, self.hardware)

    @property
    def total(self) -> Area:
        """The area of the whole."""
        return sum(self.areas.values(), Area())

    @property
    def unknown(self) -> list[str]:
        """Nodes whose area is not known and left out of the whole."""
        return [name for name, area in self.areas.items() if area.unknown]

    @property
    def cycles(self) -> int:
        """Cycles between pictures of the largest size: those of the slowest node."""
        folded = self.folded
        size = folded.max_height, folded.max_width
        sizes = {node.name: folded.graph.size_of(node.inputs[0], *size) for node in folded.graph.nodes}
        return max(self.hardware[name].cycles(*rows_and_columns) for name, rows_and_columns in sizes.items())

    @property
    def fps(self) -> float:
        """Pictures of the largest size in a second."""
        return self.request.clock_mhz * 1e6 / self.cycles

    @property
    def shares(self) -> dict[str, float]:
        """The used part of the target's LUTs, flip-flops and block memories."""
        target, total = self.request.target, self.total
        return {
            "LUT": total.lut / target.lookup_tables,
            "FF": total.ff / target.flip_flops,
            "BRAM": total.bram / target.block_rams,
        }

    @property
    def fits(self) -> bool:
        """Whether the target holds it."""
        return max(self.shares.values()) <= 1

    @property
    def meets_rate(self) -> bool:
        """Whether the rate is met, where one is asked for."""
        return self.request.fps is None or self.fps >= self.request.fps


class ImpossibleTarget(ValueError):
    """A rate that a target cannot reach: `best` is the fastest design that fits, None where none does."""

    def __init__(self, message: str, best: Design | None) -> None:
        super().__init__(message)
        self.best = best


def design_for(
    graph: Graph,
    max_height: int,
    max_width: int,
    request: Request,
    given: Mapping[str, Folding] | None = None,
    tell: Tell = nobody,
) -> Design:
    """The design that meets the request with the fewest LUTs, nodes in `given` folded as it says. `tell` counts the
    foldings of nodes that were looked at.

    Raises ImpossibleTarget, with the fastest design that fits, where the rate is not reached or the target too small.
    """
    family = device_of(request.target).family
    candidates = Candidates.of(graph, max_height, max_width, family, given, tell)
    design = cheapest(candidates, request.budget(graph, max_height, max_width), request)
    if design.fits and design.meets_rate:
        return design
    best = fastest_that_fits(candidates, request)
    raise ImpossibleTarget(_refusal(design, best), best)


def cheapest(candidates: Candidates, budget: float, request: Request) -> Design:
    """The design of the fewest LUTs; where its memories do not fit, one with fewer memories that fits, if any."""
    designs = (Design(choose(candidates, budget, price), request) for price in MEMORY_PRICES)
    first = next(designs)
    if first.shares["BRAM"] <= 1:
        return first
    return next((design for design in designs if design.fits), first)


def fastest_that_fits(candidates: Candidates, request: Request) -> Design | None:
    """The design of the smallest budget of cycles that the target holds."""
    budgets = candidates.budgets
    best = None
    low, high = 0, len(budgets)
    while low < high:
        middle = (low + high) // 2
        design = cheapest(candidates, budgets[middle], request)
        if design.fits:
            best, high = design, middle
        else:
            low = middle + 1
    return best


def _refusal(design: Design, best: Design | None) -> str:
    """One line: what stands in the way, and what would fit."""
    request, prediction, graph = design.request, design.prediction, design.folded.graph
    wanted = f"{design.folded.max_width}x{design.folded.max_height}"
    rate = "" if request.fps is None else f", {request.fps:g} pictures per second"
    reasons = []
    if not design.meets_rate:
        node = next(node for node in prediction.nodes if node.name == prediction.slowest)
        largest = node.folding
        reasons.append(
            f"{node.name} at its largest folding (PE {largest.pe}, SIMD {largest.simd}, rows {largest.rows}) takes "
            f"{node.cycles} cycles, {design.fps:.1f} pictures per second"
        )
    reasons += [f"it takes {share:.0%} of the {name}s" for name, share in design.shares.items() if share > 1]
    fitting = "no folding fits" if best is None else f"the best that fits is {best.fps:.1f} pictures per second"
    return (
        f"{request.target.name} cannot take {graph.name} at {wanted}{rate}, {request.clock_mhz:g} MHz: "
        f"{'; '.join(reasons)}; {fitting}"
    )
