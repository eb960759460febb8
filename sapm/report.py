"""What a demonstration found: report.json for programs, one screen for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table

from cli.console import styled
from cli.tables import comparison_table
from evaluation.metrics import Quality
from ops import Graph
from ops.counting import count_kinds
from ops.files import write_whole
from sapm.cosimulation import Timing
from sapm.levels import Comparison


@dataclass(frozen=True)
class Report:
    """Everything measured on one picture of `height` rows and `width` columns."""

    picture: str
    height: int
    width: int
    model_hash: str
    file_bytes: int
    coded_at_quality: float
    quality: Quality
    decoded_alike: bool
    comparisons: Sequence[Comparison]
    timings: dict[str, dict[str, Timing]]
    operations: dict[str, dict[str, float]]
    seconds: float

    @property
    def identical(self) -> bool:
        """Whether every level agreed on every tensor, and hardware and software decoded the same picture."""
        return self.decoded_alike and all(comparison.verdict.identical for comparison in self.comparisons)

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready."""
        levels: dict[str, dict[str, Any]] = {}
        for comparison in self.comparisons:
            verdict = comparison.verdict
            levels.setdefault(comparison.transform, {})[comparison.level] = {
                "identical": verdict.identical,
                "seconds": comparison.seconds,
                **asdict(verdict),
            }
        fields = {
            name: value for name, value in vars(self).items() if name not in ("comparisons", "quality", "timings")
        }
        return {
            "identical": self.identical,
            **fields,
            "quality": asdict(self.quality),
            "levels": levels,
            "simulation": {t: {level: asdict(x) for level, x in row.items()} for t, row in self.timings.items()},
        }

    def write(self, path: Path) -> None:
        """Writes report.json."""
        write_whole(path, (json.dumps(self.to_dictionary(), indent=1) + "\n").encode())

    def screen(self) -> Group:
        """The summary."""
        verdict = ("identical on every level", "green") if self.identical else ("NOT identical", "bold red")
        return Group(
            styled(f"{self.picture}, {self.width}x{self.height}: ")
            + styled(*verdict)
            + styled(f", quality {self.coded_at_quality:g}, {self.file_bytes} bytes, {self.quality}"),
            comparison_table(self.comparisons),
            self._cycles(),
            self._operations(),
        )

    def _cycles(self) -> Table:
        table = Table("transform", "cycles", "predicted", "cycles per pixel", "build [s]", "simulation [s]")
        pixels = self.height * self.width
        for transform, row in self.timings.items():
            rtl = row["rtl"]
            assert rtl.cycles is not None
            cells = rtl.cycles, rtl.predicted_cycles, f"{rtl.cycles / pixels:.2f}", *_seconds(rtl)
            table.add_row(transform, *map(str, cells))
        return table

    def _operations(self) -> Table:
        table = Table("operations per pixel", *self.operations)
        for kind in sorted({kind for row in self.operations.values() for kind in row}):
            table.add_row(kind, *(f"{row.get(kind, 0):.1f}" for row in self.operations.values()))
        return table


def _seconds(timing: Timing) -> tuple[str, str]:
    return f"{timing.build_seconds:.0f}", f"{timing.run_seconds:.0f}"


def operations_per_pixel(graph: Graph, pixel_rate: int) -> dict[str, float]:
    """Elementary integer operations of a graph for each pixel of the picture, by kind.

    `pixel_rate` is the number of pixels along one side of the picture for each position of the graph's input.
    """
    counts: Counter[str] = Counter()
    for node in graph.nodes:
        kind = graph.types[node.name]
        inputs = tuple(graph.types[source] for source in node.inputs)
        for name, count in count_kinds(node.operation.operations(inputs, kind)).items():
            counts[name] += count * kind.rate**2 / pixel_rate**2  # type: ignore[assignment]
    return {name: float(count) for name, count in sorted(counts.items())}
