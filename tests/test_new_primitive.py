"""A new primitive is one folder: one outside the project is registered, read, and its costs are said to be unknown.

examples/own_primitive.py, which tests/test_examples.py runs, takes it to hardware.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sapm
from evaluation.energy_tables import Account
from export import load, save
from hls.estimates.resources import ResourceModel, estimate, node_shape
from hls.fold.folding import fold
from ops import REGISTRY, Fixed, Graph, GraphBuilder, Primitive, Requant, TensorType
from ops.primitive import OTHERS, import_others
from sapm.findings import operations_per_pixel

FOLDER = Path(__file__).parents[1] / "examples" / "absolute"
AREA = Path(__file__).parent / "other_primitive"
NODE = "magnitude"


@pytest.fixture(params=[False, True], ids=["no area", "with area"])
def has_area(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_area: bool) -> Iterator[type[Primitive]]:
    """The primitive in a folder of its own, registered by the environment as in every process that is started."""
    folder = tmp_path / "others" / "absolute"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if has_area:
        for name in ("area.py", "area.json"):
            shutil.copy(AREA / name, folder)
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setenv(OTHERS, "absolute")
    import_others()
    yield REGISTRY["Absolute"]
    REGISTRY.pop("Absolute")
    for name in [name for name in sys.modules if name.partition(".")[0] == "absolute"]:
        del sys.modules[name]


@pytest.fixture
def graph(absolute: type[Primitive]) -> Graph:
    builder = GraphBuilder("magnitudes", "x", TensorType.of_format(2, Fixed(8, 0)))
    builder.add(NODE, absolute(), "x")
    builder.add("y", Requant(1, 6, 0), NODE)
    return builder.build("y")


def test_its_area_is_unknown_unless_its_folder_tells(graph: Graph, has_area: bool) -> None:
    folded = fold(graph, 16, 16)
    areas = estimate(folded, "xcup")
    components = ResourceModel.of_family("xcup").components(node_shape(folded, graph.nodes[0]))
    assert (components is not None) == has_area == (not areas[NODE].unknown)
    # Nobody has fitted it to other families.
    assert "absolute" not in ResourceModel.of_family("ecp5").weights
    assert estimate(fold(graph, 16, 16, family="ecp5"), "ecp5")[NODE].unknown == 1
    assert not areas["y"].unknown


def test_its_energy_is_unknown_and_said_to_be(graph: Graph) -> None:
    account = Account.of("other", [graph])
    assert account.unknown == [NODE]
    assert operations_per_pixel(graph, 1)["unknown"] == 2


def test_a_project_says_what_it_does_not_know(graph: Graph, has_area: bool, tmp_path: Path) -> None:
    sapm.generate(graph, tmp_path / "project", height=16, width=24, back_ends=["rtl"])
    report = (tmp_path / "project" / "report.md").read_text()
    assert (f"what {NODE} takes, which is unknown" in report) == (not has_area)
    assert (f"| {NODE} | Absolute | 1 | 1 | 1 | 1 | 1 | 768 | 100% | unknown |" in report) == (not has_area)
    assert ("| > " in report) == (not has_area)


@pytest.mark.parametrize("has_area", [False], indirect=True)
def test_its_model_file_is_read(graph: Graph, tmp_path: Path) -> None:
    save(graph, tmp_path / "magnitudes.onnx")
    assert load(tmp_path / "magnitudes.onnx").fingerprint() == graph.fingerprint()


def test_a_module_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OTHERS, "no_such_primitive")
    with pytest.raises(ValueError, match=f"{OTHERS} must name modules on Python's path, not 'no_such_primitive'"):
        import_others()
