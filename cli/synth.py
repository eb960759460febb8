"""`sapm synth`: area, clock and bitstream of generated RTL by open tools."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from cli.arguments import ProjectFolder
from cli.console import announce, answer, console, say
from cli.grid import grid
from hls.devices.area import Area
from hls.synth import Netlist, Routing
from sapm.project import Project
from sapm.synth import SynthReport, Tools, synthesize_project, write_synthesis


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
    tools = Tools(target, clock, speed, seeds, baud if board else None)
    found = []
    for result in synthesize_project(loaded, transform or (), tools, announce):
        found.append(result)
        console.print(area_table(result.name, result.netlist))
        if result.routing is not None:
            report(result.routing, result.clock_mhz)
            console.print(rate(result))
    if not found[0].netlist.device.routable:
        console.print(f"{found[0].netlist.device.family}: area only; no open tool routes this family")
    say(f"report: {write_synthesis(loaded, found)}")
    answer({result.name: result.to_dictionary() for result in found})
    if strict and not all(result.reached for result in found):
        console.print(f"a clock of {found[0].clock_mhz:g} MHz is not shown to be reached", style="red")
        raise typer.Exit(1)


def area_table(name: str, netlist: Netlist) -> Table:
    """Area of each module, its submodules apart, and of the whole."""
    title = f"{name}: {netlist.device.family}, {netlist.multiplications} multiplications in the source"
    table = grid("module", "instances", "LUT", "FF", "BRAM", "DSP", title=title)
    for module in sorted(netlist.modules, key=lambda module: -module.area.lut):
        table.add_row(module.name, str(module.instances), *_cells(module.area))
    table.add_row("whole", "", *_cells(netlist.area), style="bold")
    return table


def _cells(area: Area) -> tuple[str, ...]:
    return tuple(f"{count:g}" for count in (area.lut, area.ff, area.bram, area.dsp))


def report(routing: Routing, clock_mhz: float) -> None:
    """Prints what routing gave, and whether it reaches the clock."""
    reached = routing.fmax >= clock_mhz
    sites = ", ".join(f"{kind} {used}/{all_}" for kind, (used, all_) in routing.utilization.items() if used)
    console.print(f"used: {sites}")
    verdict = "reaches" if reached else "does not reach"
    style = None if reached else "yellow"
    console.print(f"{routing.fmax:.1f} MHz {verdict} {clock_mhz:g} MHz (seed {routing.seed})", style=style)
    console.print(f"bitstream: {routing.bitstream}", soft_wrap=True)


def rate(result: SynthReport) -> str:
    """Pictures in a second at the clock that was reached."""
    assert result.routing is not None
    design, cycles = result.rtl.design, result.cycles
    size = f"{design['max_width']}x{design['max_height']}"
    pictures = result.routing.fmax * 1e6 / cycles
    return f"{pictures:.2f} pictures a second at that clock, {cycles} cycles each ({size} at s_axis)"
