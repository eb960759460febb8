"""What a project takes of its target: a table for each transform, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, fields
from typing import Any

from evaluation.energy import ledger, total
from hls.devices.area import Area
from hls.estimates.resources import STREAMS
from hls.fold.fitting import Design
from ops import Folding, Graph, TensorType
from sapm.wording import rounded

REPORT, REPORT_TEXT = "report.json", "report.md"

NOTHING = Area()

UNKNOWN = "unknown"
"""In place of the area of a node whose primitive does not tell it."""

FOLDING = tuple(field.name for field in fields(Folding))

FOLDING_COLUMNS = ("PE", "SIMD", "rows", "interleave")
COLUMNS = ("node", "operation", *FOLDING_COLUMNS, "lanes", "cycles", "busy", "LUT", "FF", "BRAM")


@dataclass(frozen=True)
class ReportRow:
    """One line: a node, or what is no node, or the whole. `busy` is its share of the slowest node's cycles."""

    name: str
    operation: str = ""
    folding: Folding | None = None
    cycles: int | None = None
    busy: float | None = None
    area: Area = NOTHING
    is_slowest: bool = False

    @property
    def lanes(self) -> int | None:
        """PE x SIMD x rows of the arrays, and the lanes of all others."""
        if self.folding is None:
            return None
        return self.folding.pe * (self.folding.lanes if "Conv2d" in self.operation else 1)

    def cells(self) -> list[str]:
        """The texts of a line."""
        busy = "" if self.busy is None else f"{self.busy:.0%}"
        folding = astuple(self.folding) if self.folding else (None,) * len(FOLDING)
        numbers = ["" if value is None else str(value) for value in (*folding, self.lanes, self.cycles)]
        area = self.area
        taken = [f"{area.lut:.0f}", f"{area.ff:.0f}", f"{area.bram:g}"]
        if area.unknown:
            taken = [f"> {text}" if self.folding is None else UNKNOWN for text in taken]
        return [self.name, self.operation, *numbers, busy, *taken]


def rows(design: Design) -> Iterator[ReportRow]:
    """The lines of a design, the whole last."""
    for node in design.prediction.nodes:
        slowest = node.name == design.prediction.slowest
        area = design.areas[node.name]
        yield ReportRow(node.name, node.operation, node.folding, node.cycles, node.utilization, area, slowest)
    yield ReportRow(STREAMS, area=design.areas[STREAMS])
    yield ReportRow("whole", cycles=design.cycles, area=design.total)


def title(transform: str, design: Design) -> str:
    """Size, rate, clock, target, and what of it is taken."""
    folded, target = design.folded, design.request.target
    shares = ", ".join(f"{share:.0%} of the {name}s" for name, share in design.shares.items())
    if design.unknown:
        shares += f", and what {', '.join(design.unknown)} takes, which is unknown"
    return (
        f"{transform}: {rounded(design.fps, 4)} inputs of {folded.max_width}x{folded.max_height} a second at "
        f"{design.request.clock_mhz:g} MHz, {design.prediction.slowest} is the slowest; {target.name}: {shares}"
    )


def render_report(designs: Mapping[str, Design]) -> str:
    """The tables as Markdown."""
    text = "# What the project takes\n\nAreas are estimates, `sapm synth` measures them; cycles are exact.\n"
    for transform, design in designs.items():
        lines = [COLUMNS, ["---"] * len(COLUMNS), *(row.cells() for row in rows(design))]
        text += f"\n## {transform}\n\n{title(transform, design)}.\n\n"
        text += "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return text


def report_fields(designs: Mapping[str, Design]) -> dict[str, Any]:
    """The tables as numbers."""
    return {transform: _fields(design) for transform, design in designs.items()}


def format_of(kind: TensorType) -> str:
    """Channels and bits of a tensor, in words."""
    fixed = kind.fixed
    sign = "" if fixed.signed else ", unsigned"
    return f"{kind.channels} x {fixed.width} bits{sign}, {fixed.frac} after the point"


def _energy(graph: Graph) -> tuple[dict[str, float], dict[str, float]]:
    """pJ for each pixel of the picture: of the whole, by method; and of each node, every operation counted."""
    entries = ledger(graph)
    nodes: dict[str, float] = {}
    for entry in entries:
        if entry.method == "integer":
            nodes[entry.node] = nodes.get(entry.node, 0.0) + entry.energy
    return {method: total(entries, method) for method in ("integer", "paper")}, nodes


def _fields(design: Design) -> dict[str, Any]:
    request, graph = design.request, design.folded.graph
    inputs = {node.name: list(node.inputs) for node in graph.nodes}
    energy, energies = _energy(graph)
    return {
        "input": graph.input_name,
        "target": request.target.name,
        "clock_mhz": request.clock_mhz,
        "fps_asked": request.fps,
        "fps": design.fps,
        "max_height": design.folded.max_height,
        "max_width": design.folded.max_width,
        "bottleneck": design.prediction.slowest,
        "cycles": design.cycles,
        "cycles_of_one_picture": design.prediction.total,
        "shares": design.shares,
        "energy": energy,
        "rows": [
            {
                "name": row.name,
                "operation": row.operation,
                "inputs": inputs.get(row.name, []),
                "format": format_of(graph.types[row.name]) if row.name in inputs else "",
                "energy": energies.get(row.name),
                **(asdict(row.folding) if row.folding else dict.fromkeys(FOLDING)),
                "lanes": row.lanes,
                "cycles": row.cycles,
                "utilization": row.busy,
                "lut": round(row.area.lut),
                "ff": round(row.area.ff),
                "bram": row.area.bram,
                "unknown": bool(row.area.unknown),
            }
            for row in rows(design)
        ],
    }
