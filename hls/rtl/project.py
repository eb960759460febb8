"""A folder with generated RTL: its design, sources and memories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hls.rtl.form import FORM
from ops.files.fields import check_fields, read_json
from ops.files.paths import files_inside, inside

KIND = "rtl"
DESIGN = "design.json"
SOURCES = "sources.f"
ROM = "rom"


@dataclass(frozen=True)
class RtlProject:
    """A folder with the RTL of one transform. Paths in the design are relative to the folder."""

    folder: Path

    @cached_property
    def design(self) -> dict[str, Any]:
        """Contents of design.json: names, types, foldings, FIFOs, memories, sizes, prediction."""
        try:
            design: dict[str, Any] = read_json(self.folder / DESIGN)
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.folder} must be a folder with generated RTL; {DESIGN} is not readable") from error
        check_fields(design, FORM, str(self.folder / DESIGN))
        return design

    @property
    def top(self) -> str:
        """Name of the top module."""
        return str(self.design["top"])

    @property
    def data(self) -> list[str]:
        """What the RTL reads when it runs, from the folder it runs in, by path within the folder: its memories."""
        return list(files_inside(self.folder, ROM))

    @property
    def sources(self) -> list[Path]:
        """Every SystemVerilog file, in the order to read them. Raises ValueError where one is not in the folder."""
        return [inside(self.folder, name) for name in self.design["sources"]]
