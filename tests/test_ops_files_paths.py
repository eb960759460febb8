"""Paths that files from elsewhere name stay inside their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.files.paths import copy_inside, files_inside, inside, plain_path

OUTSIDE = [
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a//b",
    "a/",
    ".hidden",
    "-evil.sv",
    "+x",
    "a b",
    "a\nb",
    "a\x00",
    "~",
    "$x",
    "a;b",
    "c:\\x",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "rom").mkdir(parents=True)
    (made / "a.sv").write_text("a")
    (made / "rom" / "b.mem").write_text("b")
    (made / ".git").mkdir()
    (made / ".git" / "config").write_text("c")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "letter").write_text("dear")
    return made


@pytest.mark.parametrize("name", OUTSIDE)
def test_other_than_plain_names_are_refused(name: str, folder: Path, tmp_path: Path) -> None:
    for use in (plain_path, lambda name: inside(folder, name), lambda name: copy_inside(folder, [name], tmp_path)):
        with pytest.raises(ValueError, match="a path must be plain names"):
            use(name)


def test_files_are_found_and_copied(folder: Path, tmp_path: Path) -> None:
    (folder / "link.sv").symlink_to("a.sv")
    assert list(files_inside(folder)) == ["a.sv", "link.sv", "rom/b.mem"]
    assert list(files_inside(folder, "rom")) == ["rom/b.mem"]
    copy_inside(folder, files_inside(folder), tmp_path / "copy")
    copied = tmp_path / "copy" / "link.sv"
    assert copied.read_text() == "a" and not copied.is_symlink()
    copied.write_text("other")
    assert (folder / "a.sv").read_text() == "a"


@pytest.mark.parametrize("kind", ["file", "folder", "loop", "dangling", "fifo"])
def test_links_to_elsewhere_and_what_is_no_file_are_refused(kind: str, folder: Path, tmp_path: Path) -> None:
    place = folder / "x.sv"
    targets = {"file": tmp_path / "outside" / "letter", "folder": tmp_path / "outside", "loop": place, "dangling": "y"}
    if kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(targets[kind])
    for use in (lambda: inside(folder, "x.sv"), lambda: list(files_inside(folder))):
        with pytest.raises(ValueError, match="must hold the file 'x.sv', itself and not as a link to elsewhere"):
            use()


def test_a_linked_folder_on_the_way_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "d").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="'d/letter'"):
        inside(folder, "d/letter")
