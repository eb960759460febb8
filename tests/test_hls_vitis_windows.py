"""Shared window buffers in the HLS project: one function for both branches where they are in step, two elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls.dataflow.folded import FoldedGraph
from hls.fold.folding import fold
from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import compile_simulation
from ops import Fixed, Folding, Graph, GraphBuilder, L1Conv2d, ShiftConv2d, TensorType
from sample_graphs import RandomLayers, analysis_graph, sapm_graph, synthesis_graph
from test_hls_dataflow_windows import branches
from test_hls_vitis import PART, assert_equals_golden, folding_of, picture
from test_hls_vitis_depths import run, threaded

pytestmark = pytest.mark.slow

MAP = TensorType.of_format(4, Fixed(8, 0))


def alike(kind: type[ShiftConv2d | L1Conv2d]) -> Graph:
    """Two convolutions of one kind, the results of which are added."""
    builder = GraphBuilder("alike", "x", MAP)
    layers = RandomLayers(builder, 3)
    add = layers.shift if kind is ShiftConv2d else layers.adder
    a, b = add("a", "x", 6, 3), add("b", "x", 6, 3)
    return builder.build(layers.add("sum", a, b))


def generated(graph: Graph, size: int, folder: Path, **foldings: Folding) -> HlsProject:
    """The project with the named foldings ("_" for "."), two lanes for every other node."""
    named = {name.replace("_", "."): folding for name, folding in foldings.items()}
    chosen = {node.name: folding_of(graph, node, 2) for node in graph.nodes} | named
    return generate_hls(FoldedGraph(graph, chosen, size, size), folder, PART, 10.0)


def calls(project: HlsProject) -> dict[str, int]:
    """How often the top function calls each of these functions; windows of 1x1 kernels do not count."""
    top = (project.folder / "firmware" / f"{project.top}.cpp").read_text()
    names = ("shared_windows", "l1_conv2d", "fork")
    return {name: top.count(f"sapm::{name}<") for name in names}


IN_STEP = [
    (False, Folding(3, 1), Folding(2, 1)),
    (False, Folding(3, 4, 5), Folding(2, 4, 5)),
    (False, Folding(6, 2, 5, 2), Folding(4, 2, 5, 2)),
    (False, Folding(3, 4, 1, 4), Folding(2, 4, 1, 4)),
    (True, Folding(6, 4, 3), Folding(4, 4, 3)),
    (True, Folding(3, 2), Folding(2, 2)),
    (True, Folding(3, 1, 3, 8), Folding(2, 1, 3, 8)),
]


@pytest.mark.parametrize(("up", "shift", "adder"), IN_STEP, ids=str)
def test_branches_in_step_share_and_equal_golden(up: bool, shift: Folding, adder: Folding, tmp_path: Path) -> None:
    graph = sapm_graph(up)
    project = generated(graph, 12, tmp_path / "project", sapm_shift=shift, sapm_adder=adder)
    # The shortcut reads the map as well.
    assert calls(project) == {"shared_windows": 1, "l1_conv2d": 0, "fork": 1}
    simulation = compile_simulation(project, tmp_path / "simulation", optimize=0)
    for size in [(2, 2), (12, 12), (6, 10), (8, 2)] + [(1, 1), (5, 4), (3, 11)] * up:
        assert_equals_golden(simulation, picture(graph, *size))


SQUARES = [Folding(1, 1), Folding(6, 4, 2), Folding(3, 2, 1, 4), Folding(2, 4, 2, 8)]


@pytest.mark.parametrize("shortcut", SQUARES, ids=str)
def test_a_shortcut_of_squares_beside_branches_in_step(shortcut: Folding, tmp_path: Path) -> None:
    """In 2x2 windows, which have rows of their own; every layer is a thread, and FIFOs are as deep as stated."""
    graph = sapm_graph(up=False, squares=True)
    x = picture(graph, 12, 10)
    foldings = {"sapm_shift": Folding(3, 2), "sapm_adder": Folding(2, 2), "sapm_shortcut": shortcut}
    chosen = {node.name: folding_of(graph, node, 2) for node in graph.nodes}
    chosen |= {name.replace("_", "."): folding for name, folding in foldings.items()}
    project = generate_hls(FoldedGraph(graph, chosen, 12, 12), tmp_path / "project", PART, 10.0, [(x, graph(x))])
    assert calls(project) == {"shared_windows": 1, "l1_conv2d": 0, "fork": 1}
    simulation = compile_simulation(project, tmp_path / "simulation", optimize=0)
    for size in [(2, 2), (12, 12), (6, 10), (8, 2)]:
        assert_equals_golden(simulation, picture(graph, *size))
    assert run(project, threaded(project), 60) == 0


def test_one_line_buffer_and_no_fork(tmp_path: Path) -> None:
    foldings = {"a": Folding(2, 4), "b": Folding(2, 4)}
    assert calls(generated(branches(), 16, tmp_path / "project", **foldings)) == {
        "shared_windows": 1,
        "l1_conv2d": 0,
        "fork": 0,
    }


@pytest.mark.parametrize("kind", [ShiftConv2d, L1Conv2d])
def test_any_two_operations(kind: type[ShiftConv2d | L1Conv2d], tmp_path: Path) -> None:
    project = generated(alike(kind), 6, tmp_path / "project")
    assert calls(project) == {"shared_windows": 1, "l1_conv2d": 0, "fork": 0}
    simulation = compile_simulation(project, tmp_path / "simulation", optimize=0)
    assert_equals_golden(simulation, picture(project.graph, 6, 5))


@pytest.mark.parametrize(
    ("shift", "adder"),
    [(Folding(3, 1), Folding(4, 1)), (Folding(3, 2), Folding(2, 1)), (Folding(3, 2, 5), Folding(2, 2))],
    ids=str,
)
def test_branches_out_of_step_have_a_function_each(shift: Folding, adder: Folding, tmp_path: Path) -> None:
    project = generated(sapm_graph(up=False), 8, tmp_path / "project", sapm_shift=shift, sapm_adder=adder)
    assert calls(project) == {"shared_windows": 0, "l1_conv2d": 1, "fork": 2}
    simulation = compile_simulation(project, tmp_path / "simulation", optimize=0)
    assert_equals_golden(simulation, picture(project.graph, 8, 6))


def test_what_does_not_meet_pixel_by_pixel_has_a_function_each(tmp_path: Path) -> None:
    project = generated(branches(fork=True), 16, tmp_path / "project", a=Folding(2, 4), b=Folding(2, 4))
    assert calls(project) == {"shared_windows": 0, "l1_conv2d": 1, "fork": 2}


@pytest.mark.parametrize(
    ("graph", "size"),
    [
        (analysis_graph(), 48),
        (analysis_graph(squares=True, bits=12), 48),
        (synthesis_graph(grid=Fixed(12, 0)), 5),
    ],
    ids=["down", "squares", "up"],
)
def test_every_sapm_shares_without_a_deadlock(graph: Graph, size: int, tmp_path: Path) -> None:
    """A thread for each layer, and FIFOs of the depths that the project states."""
    x = picture(graph, size, size)
    project = generate_hls(fold(graph, size, size), tmp_path / "project", PART, 10.0, [(x, graph(x))])
    assert calls(project)["shared_windows"] == 2
    assert run(project, threaded(project), 60) == 0
