"""Modules of the library that a family of devices has cells for, written with these cells.

Yosys finds neither the LUTs with two outputs of Xilinx' devices nor the adders with three operands that these make;
the vendor's tool is reported to find both. The files mean what the library's mean: tests prove it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from hls.devices.families import Device
from hls.rtl.library import library, modules_used
from hls.rtl.project import RtlProject
from hls.synth.sources import RtlSources

STAGED, XILINX, ECP5 = (Path(__file__).with_name(name) for name in ("staged", "xilinx", "ecp5"))
"""Where the modules lie: those that all families have, and those of one; the names are the library's, or of parts."""

CELLS, FILE_LIST = "cells", "synth.f"
"""In generated RTL: the folder of these modules, and the list of the sources with them in place of the library's."""

XILINX_CELLS = "+/xilinx/cells_sim.v"
"""Where Yosys has the cells that are named in them."""


def cell_modules(device: Device) -> dict[str, str]:
    """Sources of the modules that are written for a device, by file name, each with the parts it is made of."""
    folders = STAGED, ECP5 if device.routable else XILINX
    own = {path.stem: path for folder in folders for path in sorted(folder.glob("*.sv"))}
    parts = {name: path for name, path in own.items() if name not in library()}
    texts = {name: path.read_text() for name, path in own.items() if name not in parts}
    return {f"{name}.sv": "\n".join([text, *modules_used(text, parts).values()]) for name, text in texts.items()}


def with_cells(design: RtlSources, device: Device) -> RtlSources:
    """The design with the modules that are written for a device in place of the library's."""
    own = cell_modules(device)
    files = {path: own.get(PurePosixPath(path).name, text) for path, text in design.files.items()}
    return replace(design, files=files)


def write_cells(project: RtlProject, device: Device) -> None:
    """Put the modules that are written for a device, of those that generated RTL has, and their list beside it."""
    own, sources = cell_modules(device), project.sources
    (project.folder / CELLS).mkdir()
    for path in sources:
        if path.name in own:
            (project.folder / CELLS / path.name).write_text(own[path.name])
    listed = (f"{CELLS}/{path.name}" if path.name in own else path.name for path in sources)
    (project.folder / FILE_LIST).write_text("".join(f"{name}\n" for name in listed))
