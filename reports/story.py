"""What a report tells, as plain data: whoever has results fills it, and the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy import uint8
from numpy.typing import NDArray

IDENTICAL, DIFFERENT, MISSING = "identical", "differs", "missing"
"""What a level's tensor is beside the golden one."""


@dataclass(frozen=True)
class Headline:
    """The first thing that is read. `good` is None where nothing was to be decided."""

    text: str
    detail: str = ""
    good: bool | None = None


@dataclass(frozen=True)
class Fact:
    """A figure with its unit, what it is of, and a remark for who reads it for the first time."""

    label: str
    value: str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One level of one transform beside the golden model: what was found, in words."""

    transform: str
    level: str
    text: str
    good: bool


@dataclass(frozen=True)
class FlowNode:
    """A node of a data flow graph. `figures` are shown by name; `busy` is a share of 0 to 1; `states` are those of its
    tensor by level (IDENTICAL, DIFFERENT, MISSING)."""

    name: str
    operation: str
    inputs: Sequence[str]
    folding: str = ""
    busy: float | None = None
    figures: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The worst of all levels, "" where none was compared."""
        found = set(self.states.values())
        return next((state for state in (DIFFERENT, MISSING, IDENTICAL) if state in found), "")


@dataclass(frozen=True)
class Flow:
    """A data flow graph: the name of its input, and its nodes, each after those that it reads."""

    name: str
    source: str
    nodes: Sequence[FlowNode]
    text: str = ""


@dataclass(frozen=True)
class Pictures:
    """Two pictures (rows, columns, 3) of one size to be laid over each other."""

    before: NDArray[uint8]
    after: NDArray[uint8]
    names: tuple[str, str] = ("original", "decoded")


@dataclass(frozen=True)
class Bars:
    """Bars for named things, in order: their lengths, what the lengths are, and texts for who points at one."""

    title: str
    unit: str
    names: Sequence[str]
    values: Sequence[float]
    texts: Sequence[str]
    marked: Sequence[str] = ()
    """Names that are drawn in another colour."""


@dataclass(frozen=True)
class PlotCurve:
    """Points (x, y, what the point is) of one curve; `strong` ones are drawn thick."""

    name: str
    points: Sequence[tuple[float, float, str]]
    strong: bool = False


@dataclass(frozen=True)
class Plot:
    """Curves over common axes."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[PlotCurve]


@dataclass(frozen=True)
class TextTable:
    """A table of texts. The first columns, `words` of them, are set to the left, the others, figures, to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    text: str = ""
    words: int = 1


@dataclass(frozen=True)
class Story:
    """A whole report. What is empty has no place on the page."""

    title: str
    subject: str
    verdict: Headline
    facts: Sequence[Fact] = ()
    pictures: Pictures | None = None
    checks: Sequence[Check] = ()
    plots: Sequence[Plot] = ()
    flows: Sequence[Flow] = ()
    bars: Sequence[tuple[str, Sequence[Bars]]] = ()
    """Charts side by side, in rows with a title each."""
    tables: Sequence[TextTable] = ()
    energy: Sequence[TextTable] = ()
    commands: Sequence[str] = ()
    notes: Sequence[str] = ()
