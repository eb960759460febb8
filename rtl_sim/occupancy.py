"""How busy the arrays of the convolutions are in a simulation, from the words that leave their window buffers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hls.rtl import RtlProject
from ops.naming import identifier

MONITOR = Path(__file__).with_name("array_monitor.sv")
"""What is to be simulated beside the RTL."""

PERIOD = 256
"""Cycles of a count."""


@dataclass(frozen=True)
class Occupancy:
    """The arrays of `nodes`, which read the same windows: words in each `PERIOD` cycles since the reset."""

    nodes: tuple[str, ...]
    words: npt.NDArray[np.int64]

    def busy(self, begin: int, end: int) -> float:
        """The share of the cycles in which a word leaves, in whole periods from `begin` to `end`. NaN where none is."""
        part = self.words[-(-begin // PERIOD) : end // PERIOD]
        return float(part.mean()) / PERIOD if len(part) else float("nan")


def occupancies(project: RtlProject, run: Path) -> list[Occupancy]:
    """The arrays of a project in the order of its nodes, from the files of a run with the monitor."""
    files = {path.name.split(".")[-3]: path for path in run.glob("*.busy")}
    found = []
    for nodes in (tuple(window["nodes"]) for window in project.design["windows"]):
        instance = f"u_{identifier(nodes[0])}_window"
        if instance in files:
            found.append(Occupancy(nodes, np.loadtxt(files[instance], np.int64, ndmin=1)))
    order = [fields["name"] for fields in project.design["nodes"]]
    return sorted(found, key=lambda each: order.index(each.nodes[0]))
