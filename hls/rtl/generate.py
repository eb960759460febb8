"""Writes the RTL project of a transform: sources, memories, file list, README and design.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hls.dataflow.fifo import Edge
from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.rtl.dataflow import module_of, render_dataflow, rom_files
from hls.rtl.document import describe, render_readme
from hls.rtl.library import PACKAGE, library, modules_used, write_memory
from hls.rtl.plan import DataflowPlan
from hls.rtl.project import DESIGN, KIND, ROM, SOURCES, RtlProject
from hls.rtl.registers import render_package
from hls.rtl.top import render_top, top_name
from ops.files import whole_folder
from ops.naming import identifier


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
    primitives = {module_of(node) for node in graph.nodes}
    missing = primitives - set(modules)
    if missing:
        raise ValueError(f"no SystemVerilog module {min(missing)!r} is among the primitives")
    dataflow, top = render_dataflow(plan), render_top(plan)
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
