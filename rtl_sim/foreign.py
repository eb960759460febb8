"""RTL from another tool under our bench: any files with a top module of the ports and registers of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hls.rtl import RtlProject
from hls.rtl.registers import AXI_LITE
from hls.rtl.top import axis_names
from ops.files.paths import files_inside
from rtl_sim.runners import BuildOptions
from rtl_sim.transform import options_for

SUFFIXES = (".sv", ".v")
SOURCE_LIST = "sources.f"


def foreign_options(design: dict[str, Any]) -> BuildOptions:
    """How it is built in the place of a design: what another tool writes need not be free of warnings."""
    options = options_for(design)
    return replace(options, verilator_arguments=(*options.verilator_arguments, "-Wno-fatal"))


@dataclass(frozen=True)
class ForeignRtl(RtlProject):
    """A folder of Verilog and SystemVerilog under any names that stands in for `reference`, RTL that was generated.

    Read are all files, packages first, or those that sources.f lists; everything else in the folder that is not hidden
    is copied to where the simulation runs. Its top has the name, the ports and the registers of the reference's.
    """

    reference: RtlProject

    @cached_property
    def design(self) -> dict[str, Any]:
        """That of the reference."""
        return self.reference.design

    @property
    def sources(self) -> list[Path]:
        """Every source file. Raises ValueError where there is none, or sources.f lists what is none of the folder."""
        if SOURCE_LIST in self._files:
            listed = (self.folder / SOURCE_LIST).read_text(errors="replace").split()
            others = [name for name in listed if name not in self._files or Path(name).suffix not in SUFFIXES]
            if others:
                kinds = " or ".join(SUFFIXES)
                raise ValueError(
                    f"{self.folder / SOURCE_LIST} must list files of its folder, and {others[0]!r} is none ({kinds})"
                )
            paths = [self.folder / name for name in listed]
        else:
            paths = [self.folder / name for name in self._files if Path(name).suffix in SUFFIXES]
            paths.sort(key=lambda path: re.search(r"^\s*package\b", path.read_text(errors="replace"), re.M) is None)
        if not paths:
            raise ValueError(
                f"{self.folder} must hold Verilog or SystemVerilog ({', '.join(SUFFIXES)}), and holds none"
            )
        return paths

    @property
    def data(self) -> list[str]:
        """What lies beside the sources, by path within the folder."""
        return [name for name in self._files if Path(name).suffix not in SUFFIXES and name != SOURCE_LIST]

    @property
    def _files(self) -> list[str]:
        """All that is not hidden, by path within the folder; nothing outside. Raises ValueError."""
        return list(files_inside(self.folder))

    def check(self) -> None:
        """Raises ValueError, naming what is missing, unless there is a top module with every port of the reference."""
        for path in self.sources:
            body = _module(path, self.top)
            if body is not None:
                missing = [name for name in self._ports() if not re.search(rf"\b{name}\b", body)]
                if missing:
                    raise ValueError(f"{path}: module {self.top} must have the port {missing[0]}, and has not")
                return
        raise ValueError(f"{self.folder} must hold the top module {self.top}, and holds none of that name")

    def _ports(self) -> Iterator[str]:
        yield from ("clk_i", "rst_ni", *(f"s_axil_{name}" for _, _, name in AXI_LITE))
        for prefix, port in (("s_axis", self.design["input"]), ("m_axis", self.design["output"])):
            yield from axis_names(prefix, port["video"])


def _module(path: Path, name: str) -> str | None:
    """The text of a module without comments, or None where the file does not hold it."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(errors="replace"), flags=re.S)
    found = re.search(rf"\bmodule\s+{name}\b(.*?)\bendmodule\b", text, re.S)
    return found and found[1]
