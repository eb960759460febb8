"""Writes what boards need beside generated RTL: IP-XACT, FuseSoC, constraints, Vivado's scripts, and a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hls.boards.board_table import BOARDS, Transfers
from hls.boards.core_file import CONSTRAINTS, ROM_SCRIPT, render_constraints, render_core, render_rom_script
from hls.boards.ip_xact import COMPONENT, render_component
from hls.boards.notebook import render_notebook
from hls.boards.scripts import render_overlay, render_project, templates
from hls.devices.targets import Target
from hls.rtl.project import RtlProject

FOLDER = "boards"
NOTEBOOK = "board.ipynb"
VIVADO = "xc"
"""How the names of devices begin that Vivado knows."""


def write_boards(projects: Mapping[str, RtlProject], kind: str, target: Target, clock_mhz: float, folder: Path) -> None:
    """Writes into the folder of each RTL project, by name, and into `folder`, which must not be there."""
    part = target.part if target.part.startswith(VIVADO) else None
    for project in projects.values():
        files = {COMPONENT: render_component(project), CONSTRAINTS: render_constraints(clock_mhz)}
        files |= {f"{project.design['name']}.core": render_core(project, part), ROM_SCRIPT: render_rom_script()}
        for name, text in files.items():
            (project.folder / name).write_text(text)
    folder.mkdir()
    scripts = {board.script: render_overlay(projects, board, clock_mhz) for board in BOARDS}
    scripts |= {"project.tcl": render_project(projects, part)} if part is not None else {}
    for name, text in scripts.items():
        (folder / name).write_text(text)
    (folder / NOTEBOOK).write_text(render_notebook(kind, list(projects)))
    (folder / "README.md").write_text(_readme(projects, clock_mhz))


def _readme(projects: Mapping[str, RtlProject], clock_mhz: float) -> str:
    rows = "\n".join(_row(name, Transfers.of(project.design)) for name, project in projects.items())
    boards = "\n".join(f"| {board.title} | `{board.script}` | {board.part} |" for board in BOARDS)
    texts = {"rows": rows, "boards": boards, "clock": f"{clock_mhz:g}", "notebook": NOTEBOOK}
    return templates().get_template("README.md.j2").render(texts, first=next(iter(projects)))


def _row(name: str, transfers: Transfers) -> str:
    sent, received = transfers.sent, transfers.received
    return f"| {name} | {sent.frame_bytes:,} | {received.frame_bytes:,} | {transfers.length_bits} |"
