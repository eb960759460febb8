"""The netlist that nextpnr has placed and routed, as Verilog that a simulator takes in place of the RTL.

nextpnr writes the slices of the device and what lies in them. Where it leaves an input without a wire, silicon gives
it a value, and a cell's parameters say it of some; both are written out here, so that any simulator reads the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hls.devices.families import Device
from hls.rtl.project import RtlProject
from hls.synth.flow import ROUTED, made_once, route, synthesize
from hls.synth.memory_cells import LATTICE, MODEL, lattice_memory
from hls.synth.netlist_rtl import CELLS, NETLIST
from hls.synth.sources import RtlSources
from hls.synth.tools import YOSYS, SynthError

SLICES = Path(__file__).with_name("slices")
"""Models of the cells, a file each."""

OFF = ("LSR",)
"""Inputs that are off without a wire; all others read one."""

WRITTEN = "nextpnr.json"

Cell = dict[str, Any]


def routed_netlist(project: RtlProject, device: Device, cache: Path, clock_mhz: float, seed: int = 1) -> Path:
    """Maps, places and routes generated RTL for ECP5; a folder with NETLIST and CELLS. `cache` as in `synthesize`.

    The netlist has the top module and its ports, and no module below it. Raises SynthError where a tool fails, and
    ValueError for another family.
    """
    netlist = synthesize(RtlSources.of_project(project), device, cache)
    routing = route(netlist, cache, clock_mhz, seed, is_written=True)
    slices = [path.read_text() for path in sorted(SLICES.glob("*.sv"))]
    models = "\n".join(["`timescale 1ns / 1ps", *slices, lattice_memory(), MODEL.read_text()])
    made_from = {"step": "routed", "routing": routing.folder.name, "models": models, "yosys": YOSYS.version}

    def make(part: Path) -> None:
        design = json.loads((routing.folder / ROUTED).read_text())
        (part / WRITTEN).write_text(json.dumps(tied(design, project.top)))
        (part / "verilog.ys").write_text(f"read_json {WRITTEN}\nwrite_verilog -noattr {NETLIST}\n")
        YOSYS.run(["-s", "verilog.ys"], part)
        (part / WRITTEN).unlink()
        (part / CELLS).write_text(models)

    return made_once(cache, made_from, make)


def tied(design: dict[str, Any], top: str) -> dict[str, Any]:
    """What nextpnr wrote, its only module named `top`, each input of its cells with a wire or a value."""
    (module,) = design["modules"].values()
    for name, cell in module["cells"].items():
        if cell["type"] == "TRELLIS_IO":
            _as_pad(cell)
        elif cell["type"] == "TRELLIS_COMB":
            cell["parameters"]["IS_WIDE"] = f"{int(bool(cell['connections'].get('FXA'))):032b}"
        elif cell["type"] == LATTICE:
            _tie_by_parameters(name, cell)
        for port, bits in cell["connections"].items():
            if not bits and cell["port_directions"][port] == "input":
                cell["connections"][port] = ["0" if port in OFF else "1"]
    return {**design, "modules": {top: module}}


def _as_pad(cell: Cell) -> None:
    """A pin of one direction needs no wire of three states."""
    direction = cell["parameters"]["DIR"]
    inner = {"INPUT": "O", "OUTPUT": "I"}.get(direction)
    if inner is None:
        raise SynthError(f"pins must be inputs or outputs, not {direction}")
    cell["type"], cell["parameters"] = f"PAD_{direction}", {}
    cell["connections"] = {port: cell["connections"][port] for port in ("B", inner)}
    cell["port_directions"]["B"] = "input" if direction == "INPUT" else "output"


def _tie_by_parameters(name: str, cell: Cell) -> None:
    """A block memory's parameters PORTMUX: a value in place of a wire, and INV, the inverse of what would be there."""
    for parameter in [parameter for parameter in cell["parameters"] if parameter.endswith("MUX")]:
        port, choice = parameter.removesuffix("MUX"), str(cell["parameters"].pop(parameter)).strip()
        wire = cell["connections"].get(port)
        if choice == port:
            continue
        if wire or choice not in ("0", "1", "INV"):
            raise SynthError(f"{name}: {parameter} must leave {port} as it is or tie it, not be {choice}")
        cell["connections"][port] = ["1" if choice == "1" else "0"]
        cell["port_directions"][port] = "input"
