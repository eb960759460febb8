"""Notebooks, executed: their cells in turn, in one namespace, as a kernel does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def code_cells(path: Path) -> list[str]:
    """The code of a notebook, cell by cell."""
    cells = json.loads(path.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def execute(path: Path) -> dict[str, Any]:
    """Runs all cells; the names that they leave. An error says in which cell it was raised."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for index, text in enumerate(code_cells(path), 1):
        exec(compile(text, f"{path.name}, cell {index}", "exec"), names)
    return names
