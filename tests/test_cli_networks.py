"""`sapm generate`, `cosim` and `compare` on graphs that are no codec: ONNX files, one or several; other devices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import sapm as face
from command import invoke
from export import save
from host import read_picture
from host.archive import write_arrays
from ops import Graph
from sample_graphs import sapm_graph
from sapm.inputs import input_maps
from sapm.project import Project

TARGET = """
name = "mine"
part = "xc7a100tcsg324-1"
lookup_tables = 63400
flip_flops = 126800
block_rams = 135
multipliers = 240
clock_mhz = 125
"""


def graph_named(name: str, up: bool) -> Graph:
    """A small graph of every kind of layer, of a map of 4 channels."""
    graph = sapm_graph(up)
    return Graph(name, graph.input_name, graph.input_type, graph.nodes, graph.output_name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("graphs")
    graphs = [graph_named("down", False), graph_named("up", True)]
    for graph in graphs:
        save(graph, folder / f"{graph.name}.onnx")
    return [folder / f"{graph.name}.onnx" for graph in graphs]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("target") / "mine.toml"
    path.write_text(TARGET)
    return path


@pytest.fixture(scope="module")
def project(files: list[Path], target: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "project"
    options = ["--size", "15x11", "--target", target, "--back-end", "rtl"]
    done = invoke("generate", *files, "-o", folder, *options)
    assert done.exit_code == 0, done.output
    assert "15x11 is padded to 16x12, multiples of 2" in done.words
    return folder


def test_a_project_of_several_graphs_remembers_them_and_its_target(project: Path) -> None:
    loaded = Project.load(project)
    assert loaded.networks.names == ("down", "up")
    assert loaded.target == face.open_target(loaded.target) and loaded.target.clock_mhz == 125
    assert loaded.manifest["clock_mhz"] == 125
    assert [loaded.rtl(name).top for name in loaded.networks.names] == ["down_top", "up_top"]
    with pytest.raises(ValueError, match="must be the project of a codec, and is one of down, up"):
        _ = loaded.bundle
    (project / "networks" / "up.onnx").rename(project / "networks" / "kept")
    try:
        with pytest.raises(ValueError, match=r"up\.onnx"):
            Project.load(project)
    finally:
        (project / "networks" / "kept").rename(project / "networks" / "up.onnx")


@pytest.mark.rtl
def test_several_graphs_are_simulated_and_compared(project: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    write_arrays(tmp_path / "maps.npz", {name: rng.integers(-128, 128, (4, 12, 16)) for name in ("down", "up")})
    done = invoke("cosim", project, tmp_path / "maps.npz", "-o", tmp_path / "run", "--level", "rtl", "--json")
    assert done.exit_code == 0, done.output
    done = invoke("compare", project, tmp_path / "run", "--json", "--quiet")
    rows = json.loads(done.output)
    assert done.exit_code == 0
    levels = {(row["transform"], row["level"]) for row in rows if row["identical"]}
    assert levels == {(name, level) for name in ("down", "up") for level in ("onnxruntime", "rtl")}
    (tmp_path / "run" / "up" / "rtl.npz").unlink()
    assert invoke("compare", project, tmp_path / "run").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["FILES", "small"], "networks must be one codec, or ONNX files (.onnx), not small beside others"),
        (["FIRST", "FIRST"], "graphs must have different names, not 'down' twice"),
        (["missing.onnx"], "missing.onnx: No such file"),
        (["FIRST", "--target", "zx81.toml"], "zx81.toml"),
        (["FIRST", "--folding", "TARGET"], "must be a JSON file with foldings"),
    ],
)
def test_what_cannot_be_generated(
    arguments: list[str], said: str, files: list[Path], target: Path, tmp_path: Path
) -> None:
    places = {"FILES": files, "FIRST": files[:1], "TARGET": [target]}
    filled = [part for name in arguments for part in places.get(name, [name])]
    done = invoke("generate", *filled, "-o", tmp_path / "project")
    assert done.exit_code == 1 and said in done.words
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("lookup_tables = 63400\n", "", "must have the field 'lookup_tables'"),
        ("63400", "-1", "'lookup_tables' must be a whole number"),
        ("63400", "63400\nprice = 1", "fields must be among name, part"),
        ("xc7a100t", "ep4ce10", "part must begin with one of"),
        ("mine", '"', "must be TOML"),
    ],
)
def test_a_device_that_is_described_wrongly(before: str, after: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(TARGET.replace(before, after))
    with pytest.raises(ValueError, match=said):
        face.open_target(str(path))


def test_what_enters_graphs(files: list[Path], photograph: Path) -> None:
    networks = face.open_networks(files)
    x = np.arange(4 * 3 * 5).reshape(4, 3, 5) - 30
    maps = input_maps(networks, x)
    assert {name: values.shape for name, values in maps.items()} == {"down": (4, 4, 6), "up": (4, 4, 6)}
    np.testing.assert_array_equal(maps["up"][:, :3, :5], x)
    np.testing.assert_array_equal(maps["up"][:, 3, :5], x[:, 2])
    for wrong, said in (
        (read_picture(photograph), r"takes an array of shape \(4, height, width\)"),
        (x * 10, "takes integers in"),
        (x / 2, "takes integers of shape"),
        ({"down": x}, "inputs must have a map for each of down, up, up has none; there is 'down'"),
        (photograph, f"{photograph.name}: " + r".*takes an array of shape \(4"),
    ):
        with pytest.raises(ValueError, match=said):
            input_maps(networks, wrong)  # type: ignore[arg-type]
