"""What a report tells of a design: its data flow, where cycles and area go, energy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports import Bars, Fact, Flow, FlowNode, TextTable
from sapm.reporting.comparing import LEVELS
from sapm.reporting.files import FOLDING
from sapm.wording import listed, rounded

Design = Mapping[str, Any]
"""What `report.json` of a project holds, by graph."""

FOLDING_NAMES = {"pe": "PE", "simd": "SIMD"}


def flows(design: Design, compared: Mapping[str, Any]) -> list[Flow]:
    """The graphs of a design, or those of a comparison where there is no design, with what was found of each tensor."""
    found = []
    for name in dict.fromkeys([*design, *compared]):
        states = states_of(compared.get(name, {}))
        if name in design:
            graph = design[name]
            nodes = [_designed(row, states.get(row["name"], {})) for row in _nodes(graph)]
            found.append(Flow(name, graph["input"], nodes, _summary(graph)))
        else:
            graph = compared[name]
            nodes = [_plain(row, states.get(row["name"], {})) for row in graph["nodes"]]
            found.append(Flow(name, graph["input"], nodes))
    return found


def states_of(compared: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What was found of each tensor, by node and level in words."""
    found: dict[str, dict[str, str]] = {}
    for level, row in compared.get("levels", {}).items():
        for node, state in row["states"].items():
            found.setdefault(node, {})[LEVELS.get(level, level)] = state
    return found


def _nodes(graph: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a design that are nodes."""
    return [row for row in graph["rows"] if row["inputs"]]


def _plain(row: Mapping[str, Any], states: Mapping[str, str]) -> FlowNode:
    return FlowNode(row["name"], row["operation"], row["inputs"], figures={"format": row["format"]}, states=states)


def _designed(row: Mapping[str, Any], states: Mapping[str, str]) -> FlowNode:
    figures = {
        "format": row["format"],
        **{FOLDING_NAMES.get(name, name): _number(row[name]) for name in FOLDING},
        "cycles": _number(row["cycles"]),
        "busy": "" if row["utilization"] is None else f"{row['utilization']:.0%}",
        "LUT": _area(row, "lut"),
        "FF": _area(row, "ff"),
        "BRAM": _area(row, "bram"),
        "pJ per pixel": "" if row["energy"] is None else f"{row['energy']:.1f}",
    }
    folding = "" if row["pe"] is None else f"{row['pe']} x {row['simd'] or 1}"
    busy = None if row["utilization"] is None else min(float(row["utilization"]), 1.0)
    return FlowNode(row["name"], row["operation"], row["inputs"], folding, busy, figures, states)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _area(row: Mapping[str, Any], field: str) -> str:
    return "unknown" if row["unknown"] else f"{row[field]:,.10g}"


def _summary(graph: Mapping[str, Any]) -> str:
    shares = ", ".join(f"{share:.0%} of the {name}s" for name, share in graph["shares"].items())
    return (
        f"{rounded(graph['fps'], 4)} inputs ({graph['input']}, {graph['max_width']}x{graph['max_height']}) a second at "
        f"{graph['clock_mhz']:g} MHz; {graph['bottleneck']} is the slowest. {graph['target']}: {shares}, estimated."
    )


def bars(design: Design) -> list[tuple[str, list[Bars]]]:
    """Cycles, LUTs and energy of every node."""
    return [(name, list(_bars(graph))) for name, graph in design.items()]


def _bars(graph: Mapping[str, Any]) -> Iterable[Bars]:
    rows = _nodes(graph)
    slowest = [graph["bottleneck"]]
    yield _chart("Cycles for a picture", "cycles", rows, "cycles", "{:,} cycles", slowest)
    others = [row for row in graph["rows"] if not row["inputs"] and row["cycles"] is None and row["lut"]]
    yield _chart("Lookup tables", "LUTs", [*rows, *others], "lut", "{:,} LUTs", slowest)
    if any(row["energy"] for row in rows):
        yield _chart("Energy of the arithmetic", "pJ per pixel", rows, "energy", "{:.1f} pJ per pixel", slowest)


def _chart(title: str, unit: str, rows: list[Mapping[str, Any]], field: str, text: str, marked: list[str]) -> Bars:
    values = [row[field] or 0 for row in rows]
    texts = [f"{row['operation']}  {text.format(value)}" for row, value in zip(rows, values, strict=True)]
    return Bars(title, unit, [row["name"] for row in rows], values, texts, marked)


def facts(design: Design) -> list[Fact]:
    """What a design takes, in a figure each."""
    if not design:
        return []
    graphs = design.values()
    area = [next(row for row in reversed(graph["rows"]) if row["cycles"] is not None) for graph in graphs]
    slow, slowest = min(design.items(), key=lambda item: float(item[1]["fps"]))
    shares = listed(f"{graph['shares']['LUT']:.0%} for {name}" for name, graph in design.items())
    first = design.get("analysis", slowest)  # what goes in is what a user knows the size of
    size = f"{first['max_width']}x{first['max_height']}"
    limit = f"; {slow} is the slowest" if len(design) > 1 else ""
    return [
        Fact("Rate", rounded(slowest["fps"]), "pictures/s", f"{size} at {slowest['clock_mhz']:g} MHz{limit}"),
        Fact(
            "Gates",
            f"{sum(row['lut'] for row in area):,}",
            "LUTs",
            f"estimated; of those of {slowest['target']}: {shares}",
        ),
        Fact(
            "Memory", f"{sum(row['bram'] for row in area):g}", "block RAMs", "estimated; for weights and rows of maps"
        ),
    ]


def energy(design: Design) -> list[TextTable]:
    """What each graph spends, in pJ for a pixel."""
    rows = [
        (name, *(f"{graph['energy'][way]:.0f}" if graph["energy"][way] else "-" for way in ("integer", "paper")))
        for name, graph in design.items()
        if graph["energy"]["integer"]
    ]
    if not rows:
        return []
    text = (
        "What the arithmetic alone takes for each pixel of the picture, from published costs at 45 nm (Horowitz, "
        "2014). Ours counts every operation at its width; the codec's paper (arXiv 2206.11599) counts the shift and "
        "adder branches alone, in 32 bits."
    )
    return [TextTable("", ("transform", "ours [pJ per pixel]", "as the paper counts [pJ per pixel]"), rows, text)]


def energy_fact(design: Design, pixels: float | None = None) -> list[Fact]:
    """The energy of all graphs together, and of a picture."""
    spent = sum(graph["energy"]["integer"] for graph in design.values())
    if not spent:
        return []
    whole = "" if pixels is None else f", {spent * pixels / 1e6:.3g} µJ for this picture"
    return [Fact("Energy", f"{spent:,.0f}", "pJ per pixel", f"arithmetic of {listed(design)} at 45 nm{whole}")]
