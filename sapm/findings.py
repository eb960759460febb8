"""What a demonstration found, as report.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluation.metrics import Quality
from ops import Graph
from ops.counting import count_kinds
from ops.files import write_whole
from sapm.levels import Comparison
from sapm.simulation import Timing


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
