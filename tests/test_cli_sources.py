"""Files and folders that the command line names: which files are taken, and what their results are called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.sources import PICTURE_SUFFIXES, Source, find_sources, result_places
from conftest import Sapm
from host import read_picture
from sapm.bundle import Bundle


def places(*named: str) -> list[str]:
    """Of the results of files, named by path, or by FOLDER//PATH as what lies below a folder that was named."""
    sources = [Source(Path(name), Path(name.split("//")[-1] if "//" in name else Path(name).name)) for name in named]
    return [place.as_posix() for place in result_places(sources, ".sapm")]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["x/a.png", "y/b.png"], ["a.sapm", "b.sapm"]),
        (["a.png", "a.jpg", "b.jpg"], ["a.png.sapm", "a.jpg.sapm", "b.sapm"]),
        (["x/a.png", "y/a.png"], ["x/a.sapm", "y/a.sapm"]),
        (["x/a.png", "y/a.png", "x/a.jpg"], ["x/a.sapm", "y/a.sapm", "a.jpg.sapm"]),
        (["d//x/a.png", "d//x/a.jpg", "d//a.png"], ["x/a.png.sapm", "x/a.jpg.sapm", "a.sapm"]),
        (["d//x/a.png", "e//x/a.png"], ["d/x/a.sapm", "e/x/a.sapm"]),
        (["a.png", "d//a.png"], ["a.png.sapm", "d/a.sapm"]),
        (["a.b.png", "a.png.png", "a.png", "a.jpg"], ["a.b.sapm", "a.png.png.sapm", "a.png.sapm", "a.jpg.sapm"]),
    ],
)
def test_names_of_results(named: list[str], expected: list[str]) -> None:
    assert places(*named) == expected


def test_what_is_taken_of_a_folder(tmp_path: Path) -> None:
    names = ["b.PNG", "a.jpg", "x/y/c.heic", "notes.txt", ".hidden.png", ".git/d.png", "x/e.sapm"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    found = find_sources([tmp_path, tmp_path / "a.jpg", Path("-")], PICTURE_SUFFIXES)
    assert [source.place.as_posix() for source in found] == ["a.jpg", "b.PNG", "x/y/c.heic", "-"]
    with pytest.raises(ValueError, match="y must hold files that end in .sapm, and holds none"):
        find_sources([tmp_path / "x" / "y"], [".sapm"])


def test_a_tree_of_pictures_there_and_back(sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("one.png", "deep/er/two.png", "deep/one.png"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photograph, tree / name)
    (tree / "deep" / "notes.txt").touch()
    assert sapm("encode", tree, "--codec", codec, "-o", f"{tmp_path}/files/", "--workers", 1) == 0
    assert sapm("decode", tmp_path / "files", "--codec", codec, "-o", f"{tmp_path}/back/", "--workers", 1) == 0
    back = {path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*.*")}
    assert back == {"one.png", "deep/er/two.png", "deep/one.png"}
    host = Bundle.load(codec).host
    expected = host.decode((tmp_path / "files" / "deep" / "er" / "two.sapm").read_bytes())
    assert (read_picture(tmp_path / "back" / "deep" / "er" / "two.png") == expected).all()


def test_a_tree_in_which_all_fails_leaves_no_folders(sapm: Sapm, codec: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "bad.png").write_bytes(b"no picture")
    assert sapm("encode", tmp_path / "tree", "--codec", codec, "-o", f"{tmp_path}/files/") == 1
    assert not (tmp_path / "files").exists()
