"""Area, clock and bitstream of a project's RTL by open tools; results are kept in the project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hls.devices.targets import Target
from hls.rtl import RtlProject
from hls.rtl.board import bit_cycles
from hls.synth import Device, Netlist, Routing, RtlSources, device_of, route_best, synthesize
from ops.files import write_whole
from sapm.announcing import Announce, silent
from sapm.project import Project
from sapm.reporting import leave_report
from sapm.reporting.files import SYNTHESIS, SYNTHESIS_FORM, read
from sapm.targets import open_target

CACHE = "build/synth"


@dataclass(frozen=True)
class SynthReport:
    """What became of a graph: its netlist and, where it was routed, the best routing."""

    name: str
    rtl: RtlProject
    netlist: Netlist
    clock_mhz: float
    routing: Routing | None = None

    @property
    def reached(self) -> bool:
        """Whether the clock is shown to be reached."""
        return self.routing is not None and self.routing.fmax >= self.clock_mhz

    @property
    def cycles(self) -> int:
        """Between two pictures of the largest size: those of the slowest module, predicted."""
        return int(max(node["cycles"] for node in self.rtl.design["nodes"]))

    def to_record(self) -> dict[str, Any]:
        """What reports tell: area of the whole and of its modules, clock asked and reached."""
        netlist = self.netlist
        modules = sorted(netlist.modules, key=lambda module: -module.area.lut)
        return {
            "family": netlist.device.family,
            "clock_mhz": self.clock_mhz,
            "multiplications": netlist.multiplications,
            "area": asdict(netlist.area),
            "modules": [{"name": one.name, "instances": one.instances, **asdict(one.area)} for one in modules],
            "fmax_mhz": None if self.routing is None else self.routing.fmax,
        }

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready."""
        fields: dict[str, Any] = {"family": self.netlist.device.family, "area": asdict(self.netlist.area)}
        if self.routing is not None:
            routing = self.routing
            fields |= {"fmax_mhz": routing.fmax, "seed": routing.seed, "bitstream": str(routing.bitstream)}
        return fields


@dataclass(frozen=True)
class Tools:
    """How a project is synthesized: device and clock in MHz (None: those of the project), speed grade of an ECP5,
    how many routings are tried until one reaches the clock (0: area only), bits a second of the board's serial line,
    behind which the design lies where there is one."""

    target: str | Target | None = None
    clock_mhz: float | None = None
    speed: int | None = None
    seeds: int = 1
    baud: int | None = None

    def device(self, project: Project) -> Device:
        """The device."""
        return device_of(project.target if self.target is None else open_target(self.target), self.speed)

    def clock(self, project: Project) -> float:
        """The clock. Raises ValueError unless it is positive."""
        clock_mhz = self.clock_mhz or float(project.manifest["clock_mhz"])
        if clock_mhz <= 0:
            raise ValueError(f"clock must be positive, not {clock_mhz} MHz")
        return clock_mhz


def synthesize_project(
    project: Project, names: Sequence[str] = (), tools: Tools | None = None, announce: Announce = silent
) -> Iterator[SynthReport]:
    """Synthesizes the RTL of graphs (none named: all), and places, routes and packs it for ECP5, one after the other.

    Raises ValueError for names, devices and clocks that there are not, SynthError where a tool fails.
    """
    chosen, tools = tuple(names) or project.networks.names, tools or Tools()
    unknown = [name for name in chosen if name not in project.networks.names]
    if unknown:
        raise ValueError(f"transform must be one of {', '.join(project.networks.names)}, not {unknown[0]!r}")
    device, clock_mhz, cache = tools.device(project), tools.clock(project), _cache(project.folder)
    for name in chosen:
        rtl = project.rtl(name)
        cycles = 0 if tools.baud is None else bit_cycles(clock_mhz, tools.baud)
        design = RtlSources.of_board(rtl, cycles) if tools.baud is not None else RtlSources.of_project(rtl)
        with announce(f"{name}: logic synthesis for {device.family}") as step:
            netlist = synthesize(design, device, cache, tell=step.teller())
        routing = None
        if device.routable and tools.seeds:
            with announce(f"{name}: placing and routing") as step:
                routing = route_best(netlist, cache, clock_mhz, range(1, tools.seeds + 1), step.teller())
        yield SynthReport(name, rtl, netlist, clock_mhz, routing)


def write_synthesis(project: Project, found: Sequence[SynthReport]) -> Path:
    """Writes what became of graphs into their project, beside what is known of others, and the report of all."""
    path = project.folder / SYNTHESIS
    known = read(path, SYNTHESIS_FORM) or {}
    content = {**known, **{result.name: result.to_record() for result in found}}
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())
    return leave_report(project.folder, SYNTHESIS)


def _cache(project: Path) -> Path:
    cache = project / CACHE
    if not cache.resolve().is_relative_to(project.resolve()):
        raise ValueError(f"{cache} must lie in the project, not behind a link to elsewhere")
    return cache
