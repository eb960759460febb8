"""The story of a folder of results, from the files that lie in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reports import Fact, Headline, Story, TextTable
from sapm.reporting import coded, comparing, hardware, rates
from sapm.reporting.commands import made_by
from sapm.reporting.files import (
    COMPARISON,
    COMPARISON_FORM,
    COSIMULATION,
    COSIMULATION_FORM,
    DEMONSTRATION,
    DEMONSTRATION_FORM,
    DESIGN,
    DESIGN_FORM,
    EVALUATION,
    EVALUATION_FORM,
    MANIFEST,
    RUN_DESIGN,
    SYNTHESIS,
    SYNTHESIS_FORM,
    each,
    read,
)
from sapm.wording import listed, rounded

RUN, PROJECT = "run", "project"
"""Folders of a demonstration."""

COMPRESSED = "picture.sapm"


def story_of(folder: Path) -> Story:
    """The story of what `sapm demo`, `generate`, `synth`, `cosim`, `compare` or `evaluate` left in a folder.

    Raises ValueError where it is none of these, or a file of it is not what it must be.
    """
    if (folder / EVALUATION).is_file():
        return rates.story(read(folder / EVALUATION, EVALUATION_FORM), made_by(folder))
    if (folder / MANIFEST).is_file():
        return _project(folder)
    if (folder / DEMONSTRATION).is_file() and (folder / RUN).is_dir():
        return _demonstration(folder)
    names = [name for name in (COMPARISON, COSIMULATION) if (folder / name).is_file()]
    if names:
        return _run(folder)
    raise ValueError(
        f"{folder} must be a folder that sapm demo, generate, synth, cosim, compare or evaluate wrote, "
        f"and holds no {COSIMULATION}, {COMPARISON}, {MANIFEST}, {EVALUATION} or {DEMONSTRATION}"
    )


def _design(path: Path) -> Mapping[str, Any]:
    return each(read(path, DESIGN_FORM))


def _project(folder: Path) -> Story:
    design, made = _design(folder / DESIGN), each(read(folder / SYNTHESIS, SYNTHESIS_FORM))
    first = next(iter(design.values()))
    return Story(
        "Hardware project",
        f"{listed(design)} for {first['target']}",
        _synthesized(made) if made else _fits(design),
        facts=[*_measured(made), *hardware.facts(design), *hardware.energy_fact(design)],
        flows=hardware.flows(design, {}),
        bars=hardware.bars(design),
        tables=[table for name, row in made.items() for table in _areas(name, row)],
        energy=hardware.energy(design),
        commands=made_by(folder),
    )


def _fits(design: Mapping[str, Any]) -> Headline:
    first = next(iter(design.values()))
    slowest = min(float(graph["fps"]) for graph in design.values())
    shares = ", ".join(f"{name} {graph['shares']['LUT']:.0%} of the LUTs" for name, graph in design.items())
    return Headline(
        f"Fits {first['target']} at {rounded(slowest)} pictures a second",
        f"Pictures of {first['max_width']}x{first['max_height']} at {first['clock_mhz']:g} MHz: {shares}, each by "
        "itself, estimated; cycles are exact. `sapm synth` measures the area, `sapm cosim` simulates it.",
        True,
    )


def _synthesized(made: Mapping[str, Any]) -> Headline:
    routed = {name: row for name, row in made.items() if row["fmax_mhz"] is not None}
    detail = "; ".join(
        f"{name}: {row['area']['lut']:,g} LUTs, {row['area']['bram']:g} block RAMs, {row['area']['dsp']:g} multiplier "
        f"blocks, {row['multiplications']:g} multiplications in the source ({row['family']})"
        for name, row in made.items()
    )
    if not routed:
        return Headline("Synthesized: area is measured, the clock is not", detail)
    name, slowest = min(routed.items(), key=lambda item: float(item[1]["fmax_mhz"]) / item[1]["clock_mhz"])
    good = slowest["fmax_mhz"] >= slowest["clock_mhz"]
    said = "reaches" if good else "does not reach"
    asked = f"{slowest['clock_mhz']:g} MHz: {slowest['fmax_mhz']:.1f} MHz"
    return Headline(f"Placed and routed: {name} {said} {asked}", detail, good)


def _measured(made: Mapping[str, Any]) -> list[Fact]:
    found = []
    for name, row in made.items():
        area = row["area"]
        note = f"measured; {area['ff']:,g} flip-flops, {area['bram']:g} block RAMs, {area['dsp']:g} multipliers"
        found.append(Fact(f"Gates of {name}", f"{area['lut']:,g}", "LUTs", note))
    return found


def _areas(name: str, row: Mapping[str, Any]) -> list[TextTable]:
    fields = ("instances", "lut", "ff", "bram", "dsp")
    rows = [(module["name"], *(f"{module[field]:,g}" for field in fields)) for module in row["modules"]]
    columns = ("module", "instances", "LUT", "FF", "BRAM", "DSP")
    return [TextTable(f"Measured area of {name}", columns, rows, f"By Yosys for {row['family']}, submodules apart.")]


def _run(folder: Path) -> Story:
    compared, design = each(read(folder / COMPARISON, COMPARISON_FORM)), _design(folder / RUN_DESIGN)
    timings = each(read(folder / COSIMULATION, COSIMULATION_FORM))
    both = coded.pictures_in(folder)
    size = (folder / COMPRESSED).stat().st_size if (folder / COMPRESSED).is_file() else None
    facts = [] if both is None or size is None else coded.facts(coded.figures(both, size), size)
    pixels = None if both is None else both[0][0].size
    names = list(dict.fromkeys([*design, *timings, *compared]))
    return Story(
        "Co-simulation",
        ("" if both is None else f"a picture of {both[0].shape[2]}x{both[0].shape[1]} through ") + listed(names),
        comparing.verdict(compared),
        facts=[*facts, *_cycles(timings, pixels), *hardware.facts(design), *hardware.energy_fact(design, pixels)],
        pictures=coded.laid_over(both),
        checks=comparing.checks(compared),
        flows=hardware.flows(design, compared),
        bars=hardware.bars(design),
        tables=_times(timings),
        energy=hardware.energy(design),
        commands=made_by(folder),
    )


def _demonstration(folder: Path) -> Story:
    said, run = read(folder / DEMONSTRATION, DEMONSTRATION_FORM), folder / RUN
    compared, design = each(read(run / COMPARISON, COMPARISON_FORM)), _design(folder / PROJECT / DESIGN)
    timings = each(read(run / COSIMULATION, COSIMULATION_FORM))
    both, pixels = coded.pictures_in(folder), said["height"] * said["width"]
    setting = f"quality {said['coded_at_quality']:g} of 100"
    facts = [
        *coded.facts(said["quality"], said["file_bytes"], setting),
        *_cycles(timings, pixels),
        *hardware.facts(design),
        *hardware.energy_fact(design, pixels),
    ]
    return Story(
        "Demonstration: a photograph through a learned codec in hardware, and back",
        f"{said['picture']}, {said['width']}x{said['height']}",
        comparing.verdict(compared, said["decoded_alike"]),
        facts=facts,
        pictures=coded.laid_over(both),
        checks=comparing.checks(compared),
        flows=hardware.flows(design, compared),
        bars=hardware.bars(design),
        tables=_times(timings),
        energy=hardware.energy(design),
        commands=made_by(folder) or ["sapm demo"],
        notes=[f"It took {said['seconds']:.0f} seconds."],
    )


def _cycles(timings: Mapping[str, Any], pixels: float | None) -> list[Fact]:
    """Cycles for a pixel of the slowest graph, and how they were predicted."""
    found = {name: row["rtl"] for name, row in timings.items() if row.get("rtl", {}).get("cycles")}
    if not found:
        return []
    most = max(timing["cycles"] for timing in found.values())
    notes = [
        f"{name} {timing['cycles']:,}"
        + (f" ({timing['predicted_cycles']:,} predicted)" if timing["predicted_cycles"] else "")
        for name, timing in found.items()
    ]
    value = (f"{most / pixels:.2f}", "per pixel") if pixels else (f"{most:,}", "")
    return [Fact("Cycles", *value, f"simulated: {'; '.join(notes)}")]


def _times(timings: Mapping[str, Any]) -> list[TextTable]:
    rows: Sequence[Sequence[str]] = [
        (
            comparing.LEVELS.get(level, level),
            name,
            f"{timing['build_seconds']:.1f}",
            f"{timing['run_seconds']:.1f}",
            *("" if timing[field] is None else f"{timing[field]:,}" for field in ("cycles", "predicted_cycles")),
        )
        for name, row in timings.items()
        for level, timing in row.items()
    ]
    columns = ("simulation", "graph", "build [s]", "run [s]", "cycles", "predicted")
    return [TextTable("What was simulated, and how long that took here", columns, rows, words=2)] if rows else []
