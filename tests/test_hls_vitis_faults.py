"""Deliberate faults in a generated HLS project: each is seen, in the first tensor that it can reach."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import compile_simulation
from ops import Graph, IntegerArray
from sample_graphs import analysis_graph, synthesis_graph
from test_hls_vitis import PART, folded, picture

pytestmark = pytest.mark.slow

FAULTS = [
    ("rounding-constant", "requant.h", "(one << right) >> 1", "(one << right) >> 2", "first.out"),
    ("clip", "requant.h", "is_signed)) - 1);", "is_signed)) - 2);", "latents"),
    ("sign-of-a-term", "shift_conv2d.h", "code < 0 ? word_T", "code > 0 ? word_T", "first"),
    ("window-off-by-one", "window_lines.h", "place = place_ + offset_", "place = place_ + 1 + offset_", "first"),
    ("padding-too-wide", "window_lines.h", "place >= 0 &&", "place > 0 &&", "first"),
    ("line-of-the-row", "window_lines.h", "wrapped(top_slot_ + tap)", "wrapped(tap)", "first"),
    ("window-in-turn", "window_lines.h", "offset_ + stride * words", "offset_ + words", "first"),
    ("room-for-a-line", "window_lines.h", "reach_ < slots &&", "reach_ < slots + 1 &&", "first"),
    ("sums-in-turn", "window_array.h", "sums_[next - 1][p]", "sums_[next][p]", "first"),
    ("weights-too-soon", "weight_reader.h", "if (phase == 0) {", "if (phase <= 1) {", "first"),
    ("order-of-results", "window_order.h", "BY_GROUP ? GROUPS : 1", "BY_GROUP ? 1 : 1", "first"),
    ("distance-sign", "l1_conv2d.h", "difference < 0 ?", "difference > 0 ?", "sapm1.adder"),
    ("group-of-biases", "window_array.h", "biases[group][p]", "biases[0][p]", "first"),
    ("weights-of-the-second", "window_buffer.h", "array1.start(weights1, biases1);", "", "sapm1.adder"),
    (
        "start-of-the-second",
        "window_buffer.h",
        "array1.step(elements, weights1, biases1, lines.group(), lines.phase(), lines.starts_window());",
        "array1.step(elements, weights1, biases1, lines.group(), lines.phase(), false);",
        "sapm1.adder",
    ),
    ("root-digit", "square_root.h", "rest >= trial", "rest > trial", "gdn1.normalize"),
    ("quotient", "gdn_normalize.h", "rest - divisor", "rest - 1", "gdn1.normalize"),
    ("pooled-row", "sum_pool2d.h", "j == 0 && i > 0", "j == 0 && i > 1", "sapm1.pool"),
    ("alignment", "add.h", "<< CONFIG_T::shift_b", ">> CONFIG_T::shift_b", "sapm1.branches"),
    ("swapped-channels", "depth_to_space.h", "place + word]", "place + chunk - 1 - word]", "sapm1.space"),
    ("root-bit", "inverse_gdn_normalize.h", "int bit = 0", "int bit = 1", "igdn1.normalize"),
    ("weight-word", "../weights/sapm1_adder_weight.txt", ", ", ", 1", "sapm1.adder"),
]
"""(label, file in firmware/sapm, text, text instead, first tensor that differs)."""


def up_to(graph: Graph, last: str) -> Graph:
    """What a graph does up to one of its tensors."""
    wanted, nodes = {last}, []
    for node in reversed(graph.nodes):
        if node.name in wanted:
            wanted |= {*node.inputs}
            nodes.append(node)
    return Graph(graph.name, graph.input_name, graph.input_type, tuple(reversed(nodes)), last)


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[HlsProject]:
    """Both transforms, and before them what is short enough of them to be compiled soon."""
    folder, down, up = tmp_path_factory.mktemp("projects"), analysis_graph(), synthesis_graph()
    graphs = [
        *(
            folded(graph, 32, lanes=2, interleave=2)
            for graph in (up_to(down, "first.out"), up_to(down, "sapm1.out"), down)
        ),
        *(folded(graph, 2, lanes=2) for graph in (up_to(up, "igdn1.out"), up)),
    ]
    return [generate_hls(graph, folder / str(index), PART, 10.0) for index, graph in enumerate(graphs)]


def first_difference(project: HlsProject, program: Path, x: IntegerArray) -> str | None:
    simulation = compile_simulation(project, program, optimize=0)
    for (name, expected), (_, actual) in zip(project.graph.evaluate(x), simulation(x), strict=True):
        if not np.array_equal(expected, actual):
            return name
    return None


@pytest.mark.parametrize(("file", "text", "instead", "tensor"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_fault_is_found(
    projects: list[HlsProject], file: str, text: str, instead: str, tensor: str, tmp_path: Path
) -> None:
    sound = next(project for project in projects if tensor in project.graph.types)
    project = HlsProject(tmp_path / "project", sound.folded)
    shutil.copytree(sound.folder, project.folder)
    faulty = project.folder / "firmware" / "sapm" / file
    content = faulty.read_text()
    assert text in content
    faulty.write_text(content.replace(text, instead, 1))
    x = picture(project.graph, project.folded.max_height, project.folded.max_width)
    assert first_difference(project, tmp_path / "simulation", x) == tensor


def test_misplaced_mark_of_a_port_is_found(projects: list[HlsProject], tmp_path: Path) -> None:
    project = HlsProject(tmp_path / "project", projects[-1].folded)
    shutil.copytree(projects[-1].folder, project.folder)
    faulty = project.folder / "firmware" / "sapm" / "axis.h"
    content = faulty.read_text()
    assert content.count("scan.ends_row())") == 1
    faulty.write_text(content.replace("scan.ends_row())", "scan.is_first())"))
    with pytest.raises(RuntimeError, match="tuser or tlast of m_axis is not where it must be"):
        first_difference(project, tmp_path / "simulation", picture(project.graph, 2, 2))
