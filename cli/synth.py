"""`sapm synth`: area, clock and bitstream of generated RTL by open tools."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.arguments import ProjectFolder
from cli.console import announce, answer, console
from hls.rtl import RtlProject
from hls.rtl.board import bit_cycles
from hls.synthesis import Design, Netlist, Routing, device_of, route_best, synthesize
from hls.synthesis.area import Area
from sapm.project import Project
from sapm.targets import open_target

CACHE = "build/synthesis"


def synth(
    project: ProjectFolder,
    transform: Annotated[
        list[str] | None, typer.Option(help="graph, e.g. analysis; repeatable; default: all of the project")
    ] = None,
    target: Annotated[str | None, typer.Option(help="device or its file; default: the project's")] = None,
    clock: Annotated[float | None, typer.Option(help="MHz to reach; default: the project's")] = None,
    speed: Annotated[int | None, typer.Option(help="ECP5 speed grade 6 to 8; default: the target's")] = None,
    seeds: Annotated[int, typer.Option(help="routings to try until one reaches the clock; 0: area only", min=0)] = 1,
    board: Annotated[bool, typer.Option("--board", help="behind a serial line, so that it needs few pins")] = False,
    baud: Annotated[int, typer.Option(help="bits a second of the board's serial line")] = 1_000_000,
    strict: Annotated[bool, typer.Option("--strict", help="fail where the clock is not reached")] = False,
) -> None:
    """Synthesize generated RTL with Yosys; for ECP5, place, route and pack it with nextpnr. Results are kept."""
    loaded = Project.load(project)
    names = transform or loaded.networks.names
    unknown = [name for name in names if name not in loaded.networks.names]
    if unknown:
        raise ValueError(f"transform must be one of {', '.join(loaded.networks.names)}, not {unknown[0]!r}")
    device = device_of(loaded.target if target is None else open_target(target), speed)
    clock_mhz = clock or float(loaded.manifest["clock_mhz"])
    if clock_mhz <= 0:
        raise ValueError(f"clock must be positive, not {clock_mhz} MHz")
    cycles = bit_cycles(clock_mhz, baud) if board else 0
    cache = project / CACHE
    if not cache.resolve().is_relative_to(project.resolve()):
        raise ValueError(f"{cache} must lie in the project, not behind a link to elsewhere")
    missed = False
    found: dict[str, Any] = {}
    for name in names:
        rtl = loaded.rtl(name)
        design = Design.of_board(rtl, cycles) if board else Design.of_project(rtl)
        with announce(f"{name}: synthesis for {device.family}"):
            netlist = synthesize(design, device, cache)
        console.print(area_table(name, netlist))
        found[name] = {"family": device.family, "area": asdict(netlist.area)}
        if device.routable and seeds:
            with announce(f"{name}: placing and routing"):
                routing = route_best(netlist, cache, clock_mhz, range(1, seeds + 1))
            missed |= not report(routing, clock_mhz)
            found[name] |= {"fmax_mhz": routing.fmax, "seed": routing.seed, "bitstream": str(routing.bitstream)}
            console.print(rate(rtl, routing))
    if not device.routable:
        console.print(f"{device.family}: area only; no open tool routes this family")
    answer(found)
    if strict and (missed or not device.routable or not seeds):
        console.print(f"a clock of {clock_mhz:g} MHz is not shown to be reached", style="red")
        raise typer.Exit(1)


def area_table(name: str, netlist: Netlist) -> Table:
    """Area of each module, its submodules apart, and of the whole."""
    title = f"{name}: {netlist.device.family}, {netlist.multiplications} multiplications in the source"
    table = Table("module", "instances", "LUT", "FF", "BRAM", "DSP", title=title, title_justify="left")
    for module in sorted(netlist.modules, key=lambda module: -module.area.lut):
        table.add_row(module.name, str(module.instances), *_cells(module.area))
    table.add_row("whole", "", *_cells(netlist.area), style="bold")
    return table


def _cells(area: Area) -> tuple[str, ...]:
    return tuple(f"{count:g}" for count in (area.lut, area.ff, area.bram, area.dsp))


def report(routing: Routing, clock_mhz: float) -> bool:
    """Prints what routing gave; whether it reaches the clock."""
    reached = routing.fmax >= clock_mhz
    sites = ", ".join(f"{kind} {used}/{all_}" for kind, (used, all_) in routing.utilization.items() if used)
    console.print(f"used: {sites}")
    verdict = "reaches" if reached else "does not reach"
    style = None if reached else "yellow"
    console.print(f"{routing.fmax:.1f} MHz {verdict} {clock_mhz:g} MHz (seed {routing.seed})", style=style)
    console.print(f"bitstream: {routing.bitstream}", soft_wrap=True)
    return reached


def rate(rtl: RtlProject, routing: Routing) -> str:
    """Pictures in a second at the clock that was reached, from the predicted cycles of the slowest module."""
    cycles = max(node["cycles"] for node in rtl.design["nodes"])
    size = f"{rtl.design['max_width']}x{rtl.design['max_height']}"
    return f"{routing.fmax * 1e6 / cycles:.2f} pictures a second at that clock, {cycles} cycles each ({size} at s_axis)"
