"""Vivado's scripts: a project of each transform alone, and an overlay with AXI DMA for each board."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hls.boards.board_table import Board, Transfers
from hls.boards.core_file import CONSTRAINTS
from hls.boards.ip_xact import LIBRARY, VENDOR
from hls.rtl.dataflow import ROM_FOLDER
from hls.rtl.project import RtlProject
from ops.naming import identifier

TEMPLATES = Path(__file__).with_name("templates")


CELLS = ("processor", "reset", "control", "memory")
"""What a block design holds beside the transforms, and what it holds of each of them."""
PARTS = ("{}", "{}_dma", "{}_narrow", "{}_widen")

NAMES = {"vendor": VENDOR, "library": LIBRARY, "rom_folder": ROM_FOLDER, "constraints": CONSTRAINTS}


@cache
def templates() -> Environment:
    """The templates of this wing."""
    return Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True)


def _transforms(projects: Mapping[str, RtlProject]) -> dict[str, Any]:
    """What both scripts are told of the transforms, by the identifiers of their names."""
    named = {identifier(name): project for name, project in projects.items()}
    return {
        "transforms": list(named),
        "folders": {identifier(name): name for name in projects},
        "tops": {name: project.top for name, project in named.items()},
        "designs": {name: Transfers.of(project.design) for name, project in named.items()},
        "with_roms": [name for name, project in named.items() if project.data],
    }


def render_overlay(projects: Mapping[str, RtlProject], board: Board, clock_mhz: float) -> str:
    """The Tcl that makes the overlay of a board from the RTL of transforms, by name.

    Raises ValueError where a transform is called like another part of the block design.
    """
    transforms = _transforms(projects)
    cells = [*CELLS, *(part.format(name) for name in transforms["transforms"] for part in PARTS)]
    twice = next((cell for cell in cells if cells.count(cell) > 1), None)
    if twice is not None:
        raise ValueError(f"a graph must not be called {twice!r}: so is another part of the block design")
    settings = {key: value.format(clock=clock_mhz) for key, value in board.processor.settings.items()}
    template = templates().get_template("overlay.tcl.j2")
    return template.render(NAMES, **transforms, board=board, processor=board.processor, settings=settings)


def render_project(projects: Mapping[str, RtlProject], part: str) -> str:
    """The Tcl that makes a Vivado project of one transform alone, for a device."""
    return templates().get_template("project.tcl.j2").render(NAMES, **_transforms(projects), part=part)
