"""Logic synthesis, placing and routing, each in a folder that is named by the contents it was made from."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hls.devices.area import Area
from hls.devices.families import Device
from hls.synth.area import ModuleCells, area_of_cells, cells_by_module, whole
from hls.synth.cells import XILINX_CELLS, with_cells
from hls.synth.sources import RtlSources
from hls.synth.stages import NextpnrStages, YosysStages
from hls.synth.tools import ECPPACK, NEXTPNR, YOSYS
from ops.files import whole_folder
from ops.files.written import CACHE, add_to_record
from ops.telling import Tell, nobody

WORDS, CELLS, NETLIST = "words.json", "cells.json", "netlist.json"
REPORT, CONFIGURATION, BITSTREAM, ROUTED = "report.json", "design.config", "design.bit", "routed.json"
MULTIPLICATIONS = ("$mul", "$__soft_mul", "$div", "$mod", "$pow")
"""Operations that multiply or divide, as Yosys calls them."""

RESULT = "made_from.json"
"""The file of a folder that says what it was made from; it is there when all others are."""


@dataclass(frozen=True)
class Netlist:
    """A synthesized design: `folder` holds statistics, the tool's log and, for ECP5, the netlist for nextpnr."""

    folder: Path
    top: str
    device: Device

    def _read(self, name: str) -> dict[str, Any]:
        contents: dict[str, Any] = json.loads((self.folder / name).read_text())
        return contents

    @cached_property
    def modules(self) -> list[ModuleCells]:
        """Cells of the device by module."""
        return cells_by_module(self._read(CELLS), self.top)

    @property
    def area(self) -> Area:
        """Area of the whole design."""
        return whole(self.modules)

    @property
    def multiplications(self) -> int:
        """Multiplications in the design before it is mapped to cells of the device."""
        return sum(_multiplying(self._read(WORDS), self.top).values())


@dataclass(frozen=True)
class Routing:
    """A placed and routed design: its fastest clock in MHz, and used and available sites by kind."""

    folder: Path
    seed: int
    fmax: float
    utilization: dict[str, tuple[int, int]]

    @property
    def bitstream(self) -> Path:
        """The file for the device, packed when first asked for. Raises SynthError where that fails."""
        path = self.folder / BITSTREAM
        if not path.exists():
            packed = f".{BITSTREAM}"
            try:
                ECPPACK.run(["--input", CONFIGURATION, "--bit", packed, "--compress"], self.folder)
                (self.folder / packed).replace(path)
            finally:
                add_to_record(self.folder, BITSTREAM, packed, f"{ECPPACK.name}.log")
        return path


def made_once(cache: Path, made_from: dict[str, Any], make: Callable[[Path], None]) -> Path:
    """The folder of a step in `cache`, named by what it was made from; `make` writes it where it is not there yet."""
    key = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:20]
    folder = cache / f"{made_from['step']}_{key}"
    if not (folder / RESULT).exists():
        with whole_folder(folder, CACHE) as part:
            make(part)
            (part / RESULT).write_text(json.dumps(made_from, indent=1) + "\n")
    return folder


def _multiplying(statistics: dict[str, Any], top: str) -> Counter[str]:
    """Cells of a netlist that multiply or divide, by type."""
    found: Counter[str] = Counter()
    for module in cells_by_module(statistics, top):
        for kind, count in module.cells.items():
            if kind in MULTIPLICATIONS or area_of_cells({kind: 1}).dsp:
                found[kind] += count
    return found


def words_script(design: RtlSources, *macros: str) -> list[str]:
    """Reads a design, and counts its operations."""
    parameters = "".join(f" -chparam {name} {value}" for name, value in design.parameters.items())
    return [
        f"read_verilog -sv {' '.join(f'-D{macro}' for macro in ('SYNTHESIS', *macros))} {' '.join(design.sources)}",
        f"hierarchy -check -top {design.top}{parameters}",
        "proc",
        "opt_expr",
        "opt_clean",
        f"tee -q -o {WORDS} stat -json",
    ]


def _script(design: RtlSources, device: Device, dsp: bool) -> str:
    commands = words_script(design)
    if not device.routable:
        commands.insert(0, f"read_verilog -lib {XILINX_CELLS}")
    blocks = "" if dsp else " -nodsp"
    if device.routable:
        # The hierarchy stays for the table, and falls before the netlist is placed.
        commands.append(f"synth_lattice -family ecp5 -top {design.top} -noflatten{blocks}")
        commands += [f"tee -q -o {CELLS} stat -json", "flatten", "opt_clean -purge", f"write_json {NETLIST}"]
    else:
        commands.append(f"synth_xilinx -family {device.family} -top {design.top} -noiopad -noclkbuf{blocks}")
        commands.append(f"tee -q -o {CELLS} stat -json")
    return "\n".join(commands) + "\n"


def run_yosys(
    design: RtlSources,
    made_from: dict[str, str],
    cache: Path,
    finish: Callable[[Path], None] = lambda _: None,
    tell: Tell = nobody,
) -> Path:
    """Runs a script on a design, then `finish`, in the folder that is named by both, where that is not done yet."""

    def make(part: Path) -> None:
        design.write(part)
        (part / "synthesize.ys").write_text(made_from["script"])
        YOSYS.run(["-s", "synthesize.ys"], part, YosysStages(tell))
        finish(part)

    return made_once(cache, {**made_from, "design": design.digest(), "yosys": YOSYS.version}, make)


def synthesize(design: RtlSources, device: Device, cache: Path, dsp: bool = True, tell: Tell = nobody) -> Netlist:
    """Maps a design to the cells of a device, or takes what `cache` holds of the same contents.

    Without `dsp` multiplications are made of LUTs; `tell` hears of passes. Raises SynthError with Yosys' last lines
    where it fails.
    """
    design = with_cells(design, device)
    made_from = {"step": "netlist", "family": device.family, "script": _script(design, device, dsp)}
    folder = run_yosys(design, made_from, cache, tell=tell)
    return Netlist(folder, design.top, device)


def multipliers(design: RtlSources, device: Device, cache: Path) -> dict[str, int]:
    """What multiplies in a design, by type of cell: operations in the source, and DSP blocks that were made of them.

    Nothing else is mapped, so that whole transforms take seconds. Raises SynthError as `synthesize` does.
    """
    until = "begin:map_ram" if device.routable else "begin:coarse"
    tool = "synth_lattice" if device.routable else "synth_xilinx"
    commands = words_script(design)
    commands.append(f"{tool} -family {device.family} -top {design.top} -run {until}")
    if device.routable:
        commands[-1] += " -noflatten"
    script = "\n".join([*commands, f"tee -q -o {CELLS} stat -json"]) + "\n"
    folder = run_yosys(design, {"step": "multipliers", "family": device.family, "script": script}, cache)
    read = [_multiplying(json.loads((folder / name).read_text()), design.top) for name in (WORDS, CELLS)]
    return dict(read[0] | read[1])


def route(
    netlist: Netlist, cache: Path, clock_mhz: float, seed: int = 1, tell: Tell = nobody, *, is_written: bool = False
) -> Routing:
    """Places and routes a netlist for ECP5; pins are left to the tool.

    `clock_mhz` is what nextpnr aims at, and `tell` hears of its iterations; what it routed `is_written` to ROUTED as
    well. Raises SynthError with its last lines where it fails.
    """
    device = netlist.device
    if not device.routable:
        raise ValueError(f"family must be ecp5 to be routed, not {device.family!r}")
    contents = hashlib.sha256((netlist.folder / NETLIST).read_bytes()).hexdigest()
    arguments = [f"--{device.size}k", "--package", device.package, "--speed", str(device.speed)]
    arguments += ["--freq", f"{clock_mhz:g}", "--seed", str(seed), "--timing-allow-fail", "--lpf-allow-unconstrained"]
    arguments += ["--write", ROUTED] if is_written else []

    def make(part: Path) -> None:
        shutil.copyfile(netlist.folder / NETLIST, part / NETLIST)  # The tool sees nothing outside its folder.
        files = ["--json", NETLIST, "--textcfg", CONFIGURATION, "--report", REPORT]
        NEXTPNR.run([*files, *arguments], part, NextpnrStages(tell))
        (part / NETLIST).unlink()

    made_from = {"step": "routing", "netlist": contents, "arguments": arguments, "nextpnr": NEXTPNR.version}
    folder = made_once(cache, made_from, make)
    report = json.loads((folder / REPORT).read_text())
    fmax = min((clock["achieved"] for clock in report["fmax"].values()), default=0.0)
    sites = {kind: (counts["used"], counts["available"]) for kind, counts in report["utilization"].items()}
    return Routing(folder, seed, fmax, sites)


def route_best(netlist: Netlist, cache: Path, clock_mhz: float, seeds: Iterable[int], tell: Tell = nobody) -> Routing:
    """The fastest of several routings, from the first seed on until one reaches the clock."""
    best: Routing | None = None
    for seed in seeds:

        def tell_of_seed(note: str, done: int, total: int, seed: int = seed) -> None:
            tell(f"seed {seed}, {note}", done, total)

        routing = route(netlist, cache, clock_mhz, seed, tell_of_seed)
        if best is None or routing.fmax > best.fmax:
            best = routing
        if best.fmax >= clock_mhz:
            break
    if best is None:
        raise ValueError("at least one seed must be given")
    return best
