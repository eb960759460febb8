"""What Verilator's coverage files count, merged over instances and runs, without points that cannot be reached."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ENTRY = re.compile(r"^C '(.*)' (\d+)$")
KINDS = ("line", "toggle", "user")
"""Branches and expressions count as lines."""


@dataclass(frozen=True, order=True)
class CoveragePoint:
    """A place in a module that is counted; `what` is a branch, a bit and its direction, or a point's name."""

    module: str
    line: int
    kind: str
    what: str


def points(path: Path) -> Iterator[tuple[CoveragePoint, int]]:
    """The counts of one file; one bit of a vector stands for all, since instances have other widths."""
    for text in path.read_text(errors="replace").splitlines():
        entry = ENTRY.match(text)
        if entry is None:
            continue
        fields = dict(part.split("\x02", 1) for part in entry[1].split("\x01")[1:] if "\x02" in part)
        kind = fields.get("page", "").split("/")[0].removeprefix("v_")
        kind = "line" if kind in ("branch", "expr") else kind
        what = re.sub(r"\[\d+\]", "[]", fields.get("o", ""))
        yield CoveragePoint(Path(fields["f"]).stem, int(fields["l"]), kind, what), int(entry[2])


def merged(paths: Iterable[Path]) -> Counter[CoveragePoint]:
    """The counts of all files together."""
    counts: Counter[CoveragePoint] = Counter()
    for path in paths:
        for point, count in points(path):
            counts[point] += count
    return counts


@dataclass(frozen=True)
class Unreachable:
    """Points of a module whose line of text, or name, fits a pattern, and why nothing can reach them."""

    module: str
    pattern: str
    reason: str

    def fits(self, point: CoveragePoint, line: str) -> bool:
        """Whether a point, in a line of text, is one of these."""
        return point.module == self.module and bool(re.search(self.pattern, f"{line} {point.what}"))


def unreachable(path: Path) -> list[Unreachable]:
    """Those that a TOML file lists."""
    return [Unreachable(**entry) for entry in tomllib.loads(path.read_text()).get("unreachable", [])]


@dataclass(frozen=True)
class Share:
    """Points that were reached, of how many that can be."""

    reached: int
    all: int

    @property
    def percent(self) -> float:
        """The share in percent."""
        return 100 * self.reached / max(1, self.all)


def shares(
    counts: Counter[CoveragePoint], sources: dict[str, Path], known: list[Unreachable]
) -> dict[tuple[str, str], Share]:
    """By module and kind, for the modules of `sources`."""
    found: dict[tuple[str, str], Share] = {}
    for point, count in counts.items():
        if point.module in sources and not is_left_out(point, sources, known):
            before = found.get((point.module, point.kind), Share(0, 0))
            found[point.module, point.kind] = Share(before.reached + (count > 0), before.all + 1)
    return found


def is_left_out(point: CoveragePoint, sources: dict[str, Path], known: list[Unreachable]) -> bool:
    """Whether one of `known` names a point."""
    lines = sources[point.module].read_text().splitlines()
    text = lines[point.line - 1] if point.line <= len(lines) else ""
    return any(entry.fits(point, text) for entry in known)
