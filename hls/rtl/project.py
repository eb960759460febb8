"""Writes the RTL project of a transform: sources, memories, file list, README and design.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ops
from hls.dataflow.fifo import Edge
from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.rtl.dataflow import SOURCE, module_of, render_dataflow, rom_files
from hls.rtl.document import FORM, describe, render_readme
from hls.rtl.plan import DataflowPlan
from hls.rtl.registers import render_package
from hls.rtl.systemverilog import declared_parameters
from hls.rtl.top import render_top, top_name
from ops import Memory
from ops.files import whole_folder
from ops.files.fields import check_fields, read_json
from ops.files.paths import files_inside, inside
from ops.naming import identifier, snake_case

KIND = "rtl"
DESIGN = "design.json"
SOURCES = "sources.f"
ROM = "rom"
PACKAGE = "sapm_registers.sv"


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


def library() -> dict[str, Path]:
    """Every SystemVerilog module of ops/, by name."""
    return {path.stem: path for path in sorted(Path(ops.__file__).parent.glob("*/*.sv"))}


def modules_used(text: str, modules: Mapping[str, Path]) -> dict[str, str]:
    """Sources of the library's modules that `text` needs, directly or through others, by name."""
    used: dict[str, str] = {}
    waiting = [text]
    while waiting:
        for word in set(re.findall(r"\w+", re.sub(r"//[^\n]*", "", waiting.pop()))) & set(modules) - set(used):
            used[word] = modules[word].read_text()
            waiting.append(used[word])
    return dict(sorted(used.items()))


def memory_text(memory: Memory) -> str:
    """The words as $readmemh reads them, one a line."""
    digits = -(-memory.width // 4)
    return "".join(f"{word:0{digits}x}\n" for word in memory.words)


def write_memory(path: Path, memory: Memory) -> None:
    """Writes the words of a memory to a file."""
    path.write_text(memory_text(memory))


def generate_rtl(folded: FoldedGraph, folder: Path, depths: Mapping[Edge, int] | None = None) -> RtlProject:
    """Writes the RTL of a folded graph into `folder`, which appears whole or not at all.

    `depths` overrides computed FIFO depths (beats; to show that they are needed). Raises ValueError where `folder`
    holds anything else than generated RTL.
    """
    with whole_folder(folder, KIND) as part:
        _write(DataflowPlan.of(folded, depths), part)
    return RtlProject(folder)


def _write(plan: DataflowPlan, folder: Path) -> None:
    graph = plan.folded.graph
    modules = library()
    primitives = {snake_case(type(node.operation).__name__) for node in graph.nodes}
    missing = primitives - set(modules)
    if missing:
        raise ValueError(f"no SystemVerilog module {min(missing)!r} is among the primitives")
    instances = {SOURCE, *(module_of(plan, node) for node in graph.nodes)}
    declared = {name: declared_parameters(modules[name].read_text()) for name in instances}
    dataflow, top = render_dataflow(plan, declared), render_top(plan)
    used = modules_used(dataflow + top, modules)
    files = {PACKAGE: render_package()} | {f"{name}.sv": text for name, text in used.items()}
    for name, text in ((identifier(graph.name), dataflow), (top_name(plan), top)):
        if f"{name}.sv" in files:
            raise ValueError(f"the graph must not be called like the module {name!r}")
        files[f"{name}.sv"] = text
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / SOURCES).write_text("".join(f"{name}\n" for name in files))
    (folder / ROM).mkdir()
    for file, _, memory in rom_files(plan):
        write_memory(folder / file, memory)
    prediction = predict(plan.folded, plan.folded.max_height, plan.folded.max_width, plan.hardware)
    design = describe(plan, prediction, top_name(plan), list(files))
    (folder / "README.md").write_text(render_readme(plan, prediction, top_name(plan)))
    (folder / DESIGN).write_text(json.dumps(design, indent=1) + "\n")
