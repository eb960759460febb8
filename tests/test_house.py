"""The house: imports run downwards between folders and wings of hls/, never in a circle; class names are unique."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FOLDERS = {
    "ops": set[str](),
    "recordings": {"ops"},
    "export": {"ops"},
    "host": {"ops"},
    "hls": {"ops", "export"},
    "model": {"ops", "host"},
    "rtl_sim": {"ops", "hls", "recordings", "host"},
    "evaluation": {"ops", "host", "model"},
    "reports": {"ops"},
    "sapm": {"ops", "recordings", "export", "host", "hls", "model", "rtl_sim", "evaluation", "reports"},
    "cli": {"ops", "recordings", "export", "host", "hls", "model", "rtl_sim", "evaluation", "reports", "sapm"},
}
"""What each folder may import, from the ground up: the first table of docs/design.md."""

WINGS = {
    "devices": set[str](),
    "dataflow": set[str](),
    "estimates": {"devices", "dataflow"},
    "fold": {"devices", "dataflow", "estimates"},
    "rtl": {"devices", "dataflow"},
    "boards": {"devices", "rtl"},
    "vitis": {"dataflow", "rtl"},
    "hls4ml": {"dataflow", "fold", "rtl", "vitis"},
    "synth": {"devices", "rtl"},
    "proofs": {"rtl", "synth"},
}
"""The same of the wings of hls/: the second table."""

FLOORS = 8
"""The longest chain of imports within hls/."""

Graph = Mapping[str, set[str]]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> Graph:
    """What every module imports of ours, anywhere in its text, by module."""
    paths = {module_name(path): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
    return {name: set(imported(path, paths)) - {name} for name, path in paths.items()}


def imported(path: Path, known: Iterable[str]) -> Iterable[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in inside if node.module in known)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def rising(graph: Graph, place: Mapping[str, str], allowed: Mapping[str, set[str]]) -> list[str]:
    """The imports from one place of a table to another that it may not import."""
    return [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if name in place and other in place and place[other] not in {place[name], *allowed[place[name]]}
    ]


def heights(graph: Graph) -> dict[str, int]:
    """How many modules the longest chain of imports has that begins with each. Raises CycleError for a circle."""
    found: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        found[name] = 1 + max((found[other] for other in graph.get(name, ())), default=0)
    return found


def wings() -> Graph:
    return {
        name: {other for other in others if other.startswith("hls.")}
        for name, others in imports().items()
        if name.startswith("hls.")
    }


@pytest.mark.parametrize("table", [FOLDERS, WINGS], ids=["folders", "wings"])
def test_tables_only_lead_down(table: Mapping[str, set[str]]) -> None:
    order = list(table)
    assert all(set(order[:index]) >= table[name] for index, name in enumerate(order))


def test_tables_name_every_folder_and_wing() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"bench", "tests", "examples"} == set(FOLDERS)
    assert {path.parent.name for path in (ROOT / "hls").glob("*/__init__.py")} == set(WINGS)


def test_folders_import_downwards() -> None:
    assert rising(imports(), {name: name.partition(".")[0] for name in imports()}, FOLDERS) == []


def test_wings_import_downwards() -> None:
    assert rising(wings(), {name: name.split(".")[1] for name in wings()}, WINGS) == []


def test_no_module_imports_itself_through_others() -> None:
    # `import ops` within ops or a wing stands for the folder as a whole: what it holds is known by then.
    graph = {name: {other for other in others if "." in other} for name, others in imports().items() if "." in name}
    heights(graph)


def test_hls_is_no_higher_than_stated() -> None:
    floors = heights(wings())
    assert max(floors.values()) <= FLOORS, max(floors, key=lambda name: floors[name])


def classes(paths: Iterable[Path]) -> Mapping[str, list[str]]:
    """The files that define each class, wherever in their text."""
    found = defaultdict[str, list[str]](list)
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path))
    return found


def repeated(paths: Iterable[Path]) -> dict[str, list[str]]:
    return {name: places for name, places in classes(paths).items() if len(places) > 1}


def test_a_class_name_has_one_meaning() -> None:
    assert (
        repeated(path for folder in (*FOLDERS, "bench", "examples", "tests") for path in (ROOT / folder).rglob("*.py"))
        == {}
    )


def test_a_class_name_of_two_meanings_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Target: ...\n")
    (tmp_path / "two.py").write_text("def function():\n    class Target: ...\n")
    assert list(repeated(tmp_path.glob("*.py"))) == ["Target"]


def test_a_circle_and_an_arrow_up_would_be_found() -> None:
    with pytest.raises(CycleError):
        heights({"a": {"b"}, "b": {"a"}})
    place = {"ops.graph": "ops", "hls.rtl": "hls"}
    assert rising({"ops.graph": {"hls.rtl"}}, place, FOLDERS) == ["ops.graph imports hls.rtl"]
