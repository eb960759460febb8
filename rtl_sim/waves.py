"""Waves of a few cycles of a transform: FST, and files that show its streams by name in GTKWave and Surfer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops import Graph, IntegerArray
from ops.naming import identifier
from rtl_sim.runners import SimulatorError
from rtl_sim.stimulus import write_stimulus
from rtl_sim.transform import HARNESS, RtlSimulation, Stalls

WAVES = "waves.fst"
"""What the simulation writes."""

BEFORE, AFTER = 200, 50
"""Cycles of a window before and after the one in question."""

CLOCK_PERIOD, COUNTED_FROM = 10_000, 35_000
"""Picoseconds, the unit of time in waves: a cycle, and the middle of cycle 0, the first after the reset."""

ZOOM = -17.0
"""GTKWave's: some fifty cycles in its window."""

SIGNALS = ("valid", "ready", "data", "eol", "eof")
"""Of each stream."""

BINARY, HEXADECIMAL, DECIMAL, BLANK = "@28", "@22", "@24", "@200"
"""How GTKWave shows the signals that follow in its save files."""


@dataclass(frozen=True)
class CycleWindow:
    """Cycles, both ends included. Raises ValueError for none."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last < 2**31:
            raise ValueError(f"cycles must rise and be at least 0 and below 2^31, not {self.first} to {self.last}")

    @classmethod
    def around(cls, cycle: int) -> CycleWindow:
        """The one to look at when something is wrong in a cycle."""
        return cls(max(0, cycle - BEFORE), cycle + AFTER)


def write_waves(
    simulation: RtlSimulation,
    inputs: Sequence[IntegerArray],
    window: CycleWindow,
    target: Path,
    stalls: Stalls | None = None,
) -> None:
    """Runs maps (channels, height, width) again, and writes what all signals do in a window to `target`, an FST file.

    Raises SimulatorError where the simulation does not build or ends before the window.
    """
    watched = replace(simulation, options=replace(simulation.options, waves=True, public_depth=1))
    folder = watched.run_folder("waves", taps=False)
    stimulus = write_stimulus(watched.project.design, inputs)
    plusargs = f"+sapm_from={window.first}", f"+sapm_to={window.last}"
    watched.run_job(folder, stimulus, stalls or Stalls(), {"waves": True}, plusargs)
    if not (folder / WAVES).exists():
        raise SimulatorError(f"the simulation ended before cycle {window.first}, with which the waves were to begin")
    shutil.move(folder / WAVES, target)


@dataclass(frozen=True)
class View:
    """Which streams to show, grouped under headings, of a graph's hardware; `at` is a cycle to mark."""

    graph: Graph
    design: dict[str, Any]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    at: int

    @classmethod
    def of_nodes(cls, graph: Graph, design: dict[str, Any], nodes: Sequence[str], at: int) -> View:
        """The inputs and outputs of some nodes, then all other streams in the graph's order."""
        found = {node.name: node for node in graph.nodes}
        groups = []
        for name in nodes:
            node = found[name]
            groups += [(f"{name} ({type(node.operation).__name__}) takes", node.inputs), (f"{name} gives", (name,))]
        shown = {tensor for _, tensors in groups for tensor in tensors}
        rest = tuple(tensor["name"] for tensor in design["tensors"] if tensor["name"] not in shown)
        return cls(graph, design, (*groups, ("all other streams", rest)), at)

    def _signals(self, tensor: str) -> Iterator[tuple[str, int]]:
        """(path in the waves, bits) of the signals of a stream."""
        kind = next(kind for kind in self.design["tensors"] if kind["name"] == tensor)
        module = identifier(self.graph.name)
        for signal in SIGNALS:
            bits = kind["lanes"] * kind["width"] if signal == "data" else 1
            yield f"{HARNESS}.u_top.u_{module}.{kind['identifier']}_{signal}", bits

    @property
    def _cycle_counter(self) -> str:
        return f"{HARNESS}.cycle_q"

    def gtkwave(self, waves: str) -> str:
        """A save file of GTKWave for waves in a file of this name: gtkwave -a FILE.gtkw, or the file alone."""
        marked, start = self.at * CLOCK_PERIOD + COUNTED_FROM, max(0, self.at - 20) * CLOCK_PERIOD
        lines = [f'[dumpfile] "{waves}"', "[size] 1400 860", "[signals_width] 330"]
        lines += [f"*{ZOOM:.6f} {marked} -1", f"[timestart] {start}"]  # the zoom first: it would move the start
        lines += [BINARY, f"{HARNESS}.clk_i", DECIMAL, f"{self._cycle_counter}[31:0]"]
        for heading, tensors in self.groups:
            lines += [BLANK, f"-{heading}"]
            for tensor in tensors:
                for path, bits in self._signals(tensor):
                    lines += [HEXADECIMAL, f"{path}[{bits - 1}:0]"] if bits > 1 else [BINARY, path]
        return "\n".join(lines) + "\n"

    def surfer(self, waves: str) -> str:
        """A command file of Surfer: surfer --command-file FILE.sucl."""
        lines = [f"load_file {waves}", f"variable_add {HARNESS}.clk_i", f"variable_add {self._cycle_counter}"]
        for heading, tensors in self.groups:
            lines.append(f"divider_add {heading}")
            lines += [f"variable_add {path}" for tensor in tensors for path, _ in self._signals(tensor)]
        return "\n".join([*lines, "zoom_fit"]) + "\n"
