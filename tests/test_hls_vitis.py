"""Whole transforms as HLS projects: every tensor equals golden in C simulation; the project is whole and portable."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hls4ml.backends import get_backend
from hls4ml.model.layers import layer_map

from hls.dataflow.folded import FoldedGraph
from hls.hls4ml.base import HLS_BACKEND
from hls.hls4ml.plugin import register
from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import CSimulation, compile_simulation
from ops import REGISTRY, Folding, Graph, IntegerArray, Node, Requant, Square
from sample_graphs import PIXELS, analysis_graph, synthesis_graph

pytestmark = pytest.mark.slow

PART = "xc7z020clg400-1"


def folding_of(graph: Graph, node: Node, lanes: int, interleave: int = 1) -> Folding:
    """At most `lanes` output channels side by side; convolutions also read up to `lanes` + 1 inputs at once.

    Windows of larger kernels are interleaved, `interleave` at a time.
    """
    outputs, inputs = graph.types[node.name].channels, graph.types[node.inputs[0]].channels
    pe = max(n for n in range(1, lanes + 1) if outputs % n == 0)
    if not node.operation.array_fields():
        return Folding(pe, pe)
    simd = max(n for n in range(1, lanes + 2) if inputs % n == 0)
    return Folding(pe, simd, interleave=interleave if node.operation.window.size > 1 else 1)


def folded(graph: Graph, size: int, lanes: int = 1, interleave: int = 1) -> FoldedGraph:
    return FoldedGraph(
        graph, {node.name: folding_of(graph, node, lanes, interleave) for node in graph.nodes}, size, size
    )


def picture(graph: Graph, height: int, width: int, seed: int = 0) -> IntegerArray:
    kind = graph.input_type
    return np.random.default_rng(seed).integers(kind.low, kind.high + 1, (kind.channels, height, width))


def assert_equals_golden(simulation: CSimulation, x: IntegerArray) -> None:
    golden = list(simulation.project.graph.evaluate(x))
    computed = list(simulation(x))
    assert [name for name, _ in computed] == [name for name, _ in golden]
    for (name, expected), (_, actual) in zip(golden, computed, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=name)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> CSimulation:
    folder = tmp_path_factory.mktemp("analysis")
    project = generate_hls(folded(analysis_graph(), 48), folder / "project", PART, 10.0)
    return compile_simulation(project, folder / "simulation", optimize=0)


@pytest.fixture(scope="module")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> CSimulation:
    folder = tmp_path_factory.mktemp("synthesis")
    project = generate_hls(folded(synthesis_graph(), 4, lanes=2), folder / "project", PART, 10.0)
    return compile_simulation(project, folder / "simulation", optimize=0)


@pytest.mark.parametrize("size", [(16, 16), (48, 32), (16, 48)], ids=str)
def test_analysis_equals_golden_at_every_size_with_one_program(analysis: CSimulation, size: tuple[int, int]) -> None:
    assert_equals_golden(analysis, picture(analysis.project.graph, *size))


@pytest.mark.parametrize("size", [(1, 1), (4, 3)], ids=str)
def test_synthesis_equals_golden_with_forks_and_lane_conversions(synthesis: CSimulation, size: tuple[int, int]) -> None:
    assert_equals_golden(synthesis, picture(synthesis.project.graph, *size))


def test_extreme_pictures(analysis: CSimulation) -> None:
    for value in (PIXELS.low, PIXELS.high):
        assert_equals_golden(analysis, np.full((3, 16, 32), value))


@pytest.mark.parametrize(
    "graph",
    [folded(analysis_graph(), 16, lanes=2, interleave=2), folded(synthesis_graph(), 2, lanes=2)],
    ids=lambda folded: folded.graph.name,
)
def test_cpp_says_what_all_of_it_does(graph: FoldedGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the sanitizers of addresses and of undefined behaviour; what hls4ml's types do is not ours."""
    suppressions = tmp_path / "suppressions"
    suppressions.write_text("shift-base:ap_private.h\n")
    monkeypatch.setenv("UBSAN_OPTIONS", f"halt_on_error=1:suppressions={suppressions}")
    project = generate_hls(graph, tmp_path / "project", PART, 10.0)
    simulation = compile_simulation(project, tmp_path / "simulation", optimize=0, sanitized=True)
    assert_equals_golden(simulation, picture(graph.graph, graph.max_height, graph.max_width))


def test_tensor_that_nobody_reads(tmp_path: Path) -> None:
    nodes = (Node("a", Requant(2, 7, 0), ("x",)), Node("b", Square(), ("x",)))
    with pytest.raises(ValueError, match="every tensor must be read, and 'a' is not"):
        generate_hls(folded(Graph("pair", "x", PIXELS, nodes, "b"), 4), tmp_path / "project", PART, 10.0)
    with pytest.raises(ValueError, match="there must be at least one operation"):
        generate_hls(folded(Graph("nothing", "x", PIXELS, (), "x"), 4), tmp_path / "project", PART, 10.0)


def test_project_is_complete(analysis: CSimulation) -> None:
    folder = analysis.project.folder
    expected = ["build_prj.tcl", "build_opt.tcl", "project.tcl", "analysis_test.cpp", "csim.sh"]
    expected += [f"firmware/{name}" for name in ("analysis.cpp", "analysis.h", "defines.h", "parameters.h")]
    expected += [f"firmware/sapm/{name}.h" for name in ("window_buffer", "l1_conv2d", "stream_fabric", "tap")]
    expected += ["firmware/weights/first_terms.h", "firmware/weights/first_terms.txt", "firmware/ap_types/ap_int.h"]
    expected += ["tb_data/tb_input_features.dat", "tb_data/tb_output_predictions.dat"]
    assert [name for name in expected if not (folder / name).is_file()] == []
    settings = (folder / "project.tcl").read_text()
    assert f'set part "{PART}"' in settings
    assert "set clock_period 10.0" in settings
    assert 'set project_name "analysis"' in settings
    top = (folder / "firmware" / "analysis.cpp").read_text()
    for pragma in ("DATAFLOW", "INTERFACE axis", "INTERFACE s_axilite port = height", "STREAM variable"):
        assert f"#pragma HLS {pragma}" in top


def test_project_holds_no_absolute_path_and_is_the_same_each_time(analysis: CSimulation, tmp_path: Path) -> None:
    again = generate_hls(analysis.project.folded, tmp_path / "project", PART, 10.0)
    for path in (path for path in again.folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert str(tmp_path.parent).encode() not in content, path
        assert content == (analysis.project.folder / path.relative_to(again.folder)).read_bytes(), path


def test_synthesis_reads_the_weights_that_simulation_reads(analysis: CSimulation) -> None:
    weights = analysis.project.folder / "firmware" / "weights"
    for header in weights.glob("*.h"):
        initialiser = header.read_text().split("{", 1)[1].split("}", 1)[0]
        assert initialiser == header.with_suffix(".txt").read_text()


def test_test_bench_passes_and_fails_on_a_changed_vector(tmp_path: Path) -> None:
    graph = synthesis_graph()
    pictures = [picture(graph, 2, 3), picture(graph, 1, 2)]
    vectors = [(x, graph(x)) for x in pictures]
    project = generate_hls(folded(graph, 4), tmp_path / "project", PART, 10.0, vectors)
    passed = subprocess.run(["sh", "csim.sh"], cwd=project.folder, capture_output=True, text=True, check=False)
    assert (passed.returncode, passed.stdout.splitlines()[-1]) == (0, "2 pictures, 0 differences")
    changed = vectors[1][1].copy()
    changed[2, 5, 7] ^= 1
    generate_hls(folded(graph, 4), tmp_path / "changed", PART, 10.0, [vectors[0], (pictures[1], changed)])
    name = "tb_data/tb_output_predictions.dat"
    (project.folder / name).write_bytes((tmp_path / "changed" / name).read_bytes())
    failed = subprocess.run(["./synthesis_test"], cwd=project.folder, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "ERROR: channel 2, row 5, column 7:" in failed.stdout


def test_every_primitive_is_a_layer_of_the_back_end() -> None:
    register()
    sources = {Path(name).name for name in get_backend(HLS_BACKEND).get_custom_source()}
    for name, operation in REGISTRY.items():
        assert f"Sapm{name}" in layer_map
        assert f"{operation.__module__.split('.')[-1]}.h" in sources


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((3, 64, 16), int), "at most 48x48, not 64x16"),
        (np.zeros((3, 20, 16), int), "multiples of 16, not 20x16"),
        (np.zeros((1, 16, 16), int), r"shape \(3, height, width\), not \(1, 16, 16\)"),
        (np.full((3, 16, 16), 256), r"integers in \[0, 255\], not \[256, 256\]"),
    ],
)
def test_picture_that_does_not_fit(analysis: CSimulation, x: IntegerArray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dict(analysis(x))


def test_missing_compiler(analysis: CSimulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"g\+\+ must be on PATH"):
        compile_simulation(analysis.project, tmp_path / "simulation")


def test_foreign_folder_is_kept_and_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = folded(synthesis_graph(), 2)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="must be new, empty or what an earlier run wrote"):
        generate_hls(graph, folder, PART, 10.0)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    with pytest.raises(ValueError, match=r"clock_period_ns must be positive, not 0"):
        generate_hls(graph, tmp_path / "other", PART, 0)
    monkeypatch.setattr("hls.hls4ml.writer.write_vectors", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        generate_hls(graph, tmp_path / "other", PART, 10.0)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_project_is_replaced(tmp_path: Path) -> None:
    first = generate_hls(folded(synthesis_graph(), 2), tmp_path / "project", PART, 10.0)
    second = generate_hls(folded(analysis_graph(), 16), tmp_path / "project", PART, 5.0)
    assert isinstance(first, HlsProject)
    assert first.folder == second.folder
    assert not (second.folder / "synthesis_test.cpp").exists()
    assert (second.folder / "analysis_test.cpp").exists()
