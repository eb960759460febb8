"""JSON from elsewhere: every field of every file that hardware commands read is checked before it is used."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import HEIGHT, WIDTH
from hls.rtl.project import DESIGN
from ops.files.fields import EVERY, RATE, check_fields, one_of, optional, read_json, read_toml, whole
from rtl_sim.stimulus import write_stimulus
from sapm.bundle import Bundle
from sapm.project import Project, generate
from sapm.reporting.files import MANIFEST

WRONG: list[Any] = [None, True, -1, 0, 1.5, float("nan"), 10**30, "", "\x1b[2J", "../x", "1/0", [], {}]
NO_OBJECTS = ["", "null", "[]", "1", '"x"', "{", "[" * 100_000, "\xff", "9" * 5000, '{"format": {}}']


@pytest.fixture(scope="module")
def project(codec: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose codec is read once."""
    folder, bundle = tmp_path_factory.mktemp("fields") / "project", Bundle.load(codec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bundle, "load", lambda _: bundle)
        generate(bundle, folder, target="ecp5-45", height=HEIGHT, width=WIDTH, fps=1500.0, back_ends=["rtl"])
        yield folder


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder and key in a JSON value; of a list the first and the last entry."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    else:
        keys = [0, -1] if isinstance(value, list) and value else []
    for key in keys:
        yield value, key
        yield from places(value[key])


def use(folder: Path) -> None:
    """What commands take from a project's files."""
    project = Project.load(folder)
    folded, rtl = project.folded("analysis"), project.rtl("analysis")
    assert folded.max_height > 0 and rtl.sources and rtl.data and rtl.top
    with pytest.raises(ValueError, match="needs at least one input"):
        write_stimulus(rtl.design, [])
    assert max(node["cycles"] for node in rtl.design["nodes"]) >= 0


def test_untouched_files_are_taken(project: Path) -> None:
    use(project)


@pytest.mark.slow
@pytest.mark.parametrize("name", [MANIFEST, f"rtl/analysis/{DESIGN}"])
def test_every_wrong_field_is_refused_or_harmless(name: str, project: Path) -> None:
    path = project / name
    text = path.read_text()
    original = json.loads(text)
    refused = tried = 0
    try:
        for index in range(len(list(places(original)))):
            for wrong in [*WRONG, "missing"]:
                changed = copy.deepcopy(original)
                holder, key = list(places(changed))[index]
                if wrong == "missing":
                    del holder[key]
                else:
                    holder[key] = wrong
                path.write_text(json.dumps(changed))
                tried += 1
                try:
                    use(project)
                except ValueError as error:
                    refused += 1
                    assert str(error).isprintable(), str(error)
    finally:
        path.write_text(text)
    assert refused > 0.6 * tried


@pytest.mark.parametrize("text", NO_OBJECTS)
@pytest.mark.parametrize("name", [MANIFEST, f"rtl/analysis/{DESIGN}"])
def test_what_is_no_object_is_refused(name: str, text: str, project: Path) -> None:
    path = project / name
    before = path.read_bytes()
    try:
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(ValueError, match=r"must be|must have|not readable") as caught:
            use(project)
        assert str(caught.value).isprintable()
    finally:
        path.write_bytes(before)


def test_forms() -> None:
    check_fields({"a": [1, 2], "b": {"x": None}, "more": 1}, {"a": [whole(0, 2)], "b": {EVERY: optional(whole(0, 1))}})
    for value, words in [
        ({"a": [1, 3]}, r"file: 'a'\[1\] must be a whole number from 0 to 2, not 3"),
        ({"a": [True]}, r"file: 'a'\[0\] must be a whole number"),
        ({"a": {}}, "file: 'a' must be a list with entries, not {}"),
        ({}, "file must have the field 'a', and has not"),
        ([], r"file must be an object, not \[\]"),
    ]:
        with pytest.raises(ValueError, match=words):
            check_fields(value, {"a": [whole(0, 2)]}, "file")
    with pytest.raises(ValueError, match="must be one of x, y, not 'z'"):
        check_fields("z", one_of("x", "y"))
    assert not any(RATE.fits(value) for value in ("1/0", "0", "1e9", "-1", 1, None, "1/1/1"))


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="nested too deep"):
        read_json(tmp_path / "deep.json")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(ValueError, match="deep.toml must be TOML: is nested too deep"):
        read_toml(tmp_path / "deep.toml")
