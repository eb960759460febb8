"""How far Yosys and nextpnr are, by the lines that they print."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from ops.telling import Tell

PASS = re.compile(r"(\d+)(?:\.(\d+))?[\d.]*\. Executing (\w[\w-]*)")
"""The number of a pass of Yosys, that of the pass in it, and the name of the innermost."""

SHARES = {"SYNTH_LATTICE": ((1, 1), (12, 3), (27, 6), (28, 10), (31, 12), (33, 14), (44, 16), (45, 97))}
"""Percent of the time that have passed when a pass within one begins, as measured on the analysis of `tiny`."""

MAPPING = (16, 97)
"""The same before and after ABC9, which maps one module after the other."""

PLACING, REFINING, ROUTING, DONE = 5, 40, 50, 95
"""Percent of nextpnr's time that have passed when it begins to do so."""


@dataclass
class YosysStages:
    """Takes the lines of Yosys' log, and tells the pass that they name and the percent of the time that have passed."""

    tell: Tell
    outer: str = ""
    percent: int = 0
    counting: bool = False
    modules: int = 0
    mapped: int = 0

    def __call__(self, line: str) -> None:
        """One line."""
        found = PASS.match(line)
        if found is None:
            self.modules += self.counting and line.startswith("Module ")
            return
        number, inner, name = found.groups()
        if inner is None:
            self.outer = name.upper()
        shares = SHARES.get(self.outer, ())
        place = bisect_right(shares, (int(inner or 0), 100))
        self.percent = max(self.percent, shares[place - 1][1] if place else 0)
        self.counting = name == "AIGMAP"
        note = f"pass {number}{'.' + inner if inner else ''}, {name}"
        self.tell(self._of_module(note) if name == "XAIGER2" else note, self.percent, 100)

    def _of_module(self, note: str) -> str:
        """ABC9 begins with another module; what to say."""
        self.mapped += 1
        first, last = MAPPING
        share = min(1.0, self.mapped / max(self.modules, 1))
        self.percent = max(self.percent, first + int(share * (last - first)))
        return f"{note}, module {self.mapped} of {self.modules}"


@dataclass
class NextpnrStages:
    """The same of nextpnr: iterations of placing, arcs that are not routed yet."""

    tell: Tell
    arcs: int = 0

    def __call__(self, line: str) -> None:
        """One line."""
        for pattern, means in _NEXTPNR:
            found = re.search(pattern, line)
            if found is not None:
                means(self, *found.groups())

    def _placing(self, iteration: str) -> None:
        self.tell(f"placing, iteration {iteration}", PLACING, 100)

    def _refining(self, iteration: str) -> None:
        self.tell(f"placing, iteration {iteration} of its refinement", REFINING, 100)

    def _begin_routing(self, arcs: str) -> None:
        self.arcs = int(arcs)
        self.tell(f"routing, {self.arcs} arcs", ROUTING, 100)

    def _routing(self, iteration: str, remaining: str) -> None:
        share = 1 - int(remaining) / max(self.arcs, 1)
        percent = ROUTING + round((DONE - ROUTING) * min(1.0, max(0.0, share)))
        self.tell(f"routing, iteration {iteration}, {remaining} of {self.arcs} arcs left", percent, 100)

    def _done(self) -> None:
        self.tell("timing", DONE, 100)


_NEXTPNR: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"at initial placer iter (\d+)", NextpnrStages._placing),
    (r"at iteration #(\d+), type ALL", NextpnrStages._placing),
    (r"at iteration #(\d+): temp", NextpnrStages._refining),
    (r"Routing (\d+) arcs", NextpnrStages._begin_routing),
    (r"Info: +(\d+) \|(?: +\d+){2} \|(?: +\d+){2} \| +(\d+)\|", NextpnrStages._routing),
    (r"Routing complete", NextpnrStages._done),
)
