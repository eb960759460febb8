"""Deliberate faults in a generated HLS project: each is seen, in the first tensor that it can reach."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from hls.vitis.project import HlsProject, generate_hls
from hls.vitis.simulation import compile_simulation
from ops import IntegerArray
from sample_graphs import analysis_graph, synthesis_graph
from test_hls_vitis import PART, folded, picture

FAULTS = [
    ("rounding-constant", "requant.h", "(one << right) >> 1", "(one << right) >> 2", "first.out"),
    ("clip", "requant.h", "is_signed)) - 1);", "is_signed)) - 2);", "latents"),
    ("sign-of-a-term", "shift_conv2d.h", "code < 0 ? word_T", "code > 0 ? word_T", "first"),
    ("window-off-by-one", "window_buffer.h", "column = left + j", "column = left + j + 1", "first"),
    ("padding-too-wide", "window_buffer.h", "column >= 0 &&", "column > 0 &&", "first"),
    ("distance-sign", "l1_conv2d.h", "difference < 0 ?", "difference > 0 ?", "sapm1.adder"),
    ("group-of-biases", "window_array.h", "bias[group * pe + p]", "bias[p]", "first"),
    ("weights-of-the-second", "window_buffer.h", "weights1, group,", "weights1, 0,", "sapm1.adder"),
    ("start-of-the-second", "window_buffer.h", "ARRAY1_T::start(sums1, bias1, group);", "", "sapm1.adder"),
    ("root-digit", "square_root.h", "rest >= trial", "rest > trial", "gdn1.normalize"),
    ("quotient", "gdn_normalize.h", "rest - divisor", "rest - 1", "gdn1.normalize"),
    ("pooled-row", "sum_pool2d.h", "else if (i > 0)", "else if (i > 1)", "sapm1.pool"),
    ("alignment", "add.h", "<< CONFIG_T::shift_b", ">> CONFIG_T::shift_b", "sapm1.branches"),
    ("swapped-channels", "depth_to_space.h", "= line[place + lane]", "= line[place + 1 - lane]", "sapm1.space"),
    ("root-bit", "inverse_gdn_normalize.h", "int bit = 0", "int bit = 1", "igdn1.normalize"),
    ("weight-word", "../weights/sapm1_adder_weight.txt", ", ", ", 1", "sapm1.adder"),
]
"""(label, file in firmware/sapm, text, text instead, first tensor that differs)."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, HlsProject]:
    folder = tmp_path_factory.mktemp("projects")
    graphs = {"analysis": folded(analysis_graph(), 32, lanes=2), "synthesis": folded(synthesis_graph(), 2, lanes=2)}
    return {name: generate_hls(graph, folder / name, PART, 10.0) for name, graph in graphs.items()}


def first_difference(project: HlsProject, program: Path, x: IntegerArray) -> str | None:
    simulation = compile_simulation(project, program, optimize=0)
    for (name, expected), (_, actual) in zip(project.graph.evaluate(x), simulation(x), strict=True):
        if not np.array_equal(expected, actual):
            return name
    return None


@pytest.mark.parametrize(("file", "text", "instead", "tensor"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_fault_is_found(
    projects: dict[str, HlsProject], file: str, text: str, instead: str, tensor: str, tmp_path: Path
) -> None:
    sound = next(project for project in projects.values() if tensor in project.graph.types)
    project = HlsProject(tmp_path / "project", sound.folded)
    shutil.copytree(sound.folder, project.folder)
    faulty = project.folder / "firmware" / "sapm" / file
    content = faulty.read_text()
    assert text in content
    faulty.write_text(content.replace(text, instead, 1))
    x = picture(project.graph, project.folded.max_height, project.folded.max_width)
    assert first_difference(project, tmp_path / "simulation", x) == tensor


def test_misplaced_mark_of_a_port_is_found(projects: dict[str, HlsProject], tmp_path: Path) -> None:
    project = HlsProject(tmp_path / "project", projects["synthesis"].folded)
    shutil.copytree(projects["synthesis"].folder, project.folder)
    faulty = project.folder / "firmware" / "sapm" / "axis.h"
    content = faulty.read_text()
    assert content.count("column == columns - 1)") == 1
    faulty.write_text(content.replace("column == columns - 1)", "column == 0)"))
    with pytest.raises(RuntimeError, match="tuser or tlast of m_axis is not where it must be"):
        first_difference(project, tmp_path / "simulation", picture(project.graph, 2, 2))
