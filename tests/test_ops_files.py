"""Outputs: nothing of another hand is replaced, nothing is lost on the way, nothing is left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.files import check_file, check_folder, replacing, whole_folder, write_whole
from ops.files.written import CACHE, RECORD, add_to_record
from written_folders import tree, write


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    for text in ("one", "two"):
        write(tmp_path / "out", text)
        assert (tmp_path / "out" / "deep" / "file").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")
    assert (tmp_path / "out" / "deep" / "file").exists()


def add_sources(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "thesis.tex").write_text("precious")


def add_repository(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")


def edit(folder: Path) -> None:
    (folder / "deep" / "file").write_text("edited by hand")


def link_a_file(folder: Path) -> None:
    (folder / "deep" / "file").unlink()
    (folder / "deep" / "file").symlink_to("/etc/hostname")


def link_a_folder(folder: Path) -> None:
    (folder / "elsewhere").symlink_to("/etc")


def swap_a_file_for_a_folder(folder: Path) -> None:
    (folder / "marker.json").unlink()
    (folder / "marker.json").mkdir()
    (folder / "marker.json" / "letter").write_text("dear")


def lose_the_record(folder: Path) -> None:
    (folder / RECORD).unlink()


def break_the_record(folder: Path) -> None:
    (folder / RECORD).write_text('{"format": "sapm written files", "version": 1, "kind": "test", "files": null}')


def record_of_another_kind(folder: Path) -> None:
    (folder / RECORD).write_text((folder / RECORD).read_text().replace('"test"', '"other"'))


def another_result_in_it(folder: Path) -> None:
    write(folder / "mine")


def make_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


@pytest.mark.parametrize(
    "change",
    [
        add_sources,
        add_repository,
        edit,
        link_a_file,
        link_a_folder,
        swap_a_file_for_a_folder,
        lose_the_record,
        break_the_record,
        record_of_another_kind,
        another_result_in_it,
        make_a_pipe,
    ],
)
def test_what_another_hand_made_is_kept(change: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / "out")
    change(tmp_path / "out")
    with pytest.raises(ValueError, match=r"^[^\n]*out must be new, empty or .*overwritten without --force$"):
        check_folder(tmp_path / "out", "test")
    if change is make_a_pipe:
        return  # which cannot be read
    before = tree(tmp_path)
    with pytest.raises(ValueError, match="--force"):
        write(tmp_path / "out")
    assert tree(tmp_path) == before
    write(tmp_path / "out", "forced", force=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [RECORD, "deep", "marker.json"]
    write(tmp_path / "out")


@pytest.mark.parametrize("name", ["report.json", "project.json", "entropy.npz", "made_from.json", RECORD])
def test_a_file_that_is_called_like_a_result_is_no_result(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("{}")
    with pytest.raises(ValueError, match="nothing else is overwritten"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "{}"


def test_caches_in_a_result_are_no_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "out")
    write(tmp_path / "out" / "build" / "netlist", kind=CACHE)
    (tmp_path / "out" / "build" / "netlist" / "late").write_text("added")
    with pytest.raises(ValueError, match="also holds 'build/netlist/"):
        check_folder(tmp_path / "out", "test")
    add_to_record(tmp_path / "out" / "build" / "netlist", "late", "absent")
    check_folder(tmp_path / "out", "test")


def test_a_folder_in_use_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "out")
    with whole_folder(tmp_path / "out" / "build" / "netlist", CACHE) as part:
        (part / "half").write_text("half")
        with pytest.raises(ValueError, match="also holds"):
            check_folder(tmp_path / "out", "test")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("output", [".", "..", "", "/", "../work", "../work/deep/..", "link"])
def test_the_working_folder_is_refused(
    output: str, force: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to(work)
    monkeypatch.chdir(work)
    with pytest.raises(ValueError, match="must be a folder of its own, not the (working|home) folder"):
        write(Path(output), force=force)
    assert [path.name for path in tmp_path.rglob("*")] == ["work", "link"]


def test_the_home_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with pytest.raises(ValueError, match="home"):
        write(tmp_path / "home", force=True)


def test_a_link_leads_to_the_result(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for text in ("one", "two"):
        write(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink() and not (tmp_path / "real").is_symlink()
        assert (tmp_path / "real" / "deep" / "file").read_text() == text
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises((ValueError, OSError), match="loop"):
        write(tmp_path / "loop")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for output in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises((ValueError, OSError), match="must be a folder"):
            write(output, force=True)
    assert (tmp_path / "file").read_text() == "a file"


def test_names_that_are_too_long_are_refused_before_work(tmp_path: Path) -> None:
    for size, check in ((100, lambda path: check_folder(path, "test")), (127, lambda path: check_file(path, "", bool))):
        with pytest.raises(ValueError, match=r"at most (200|255) bytes"):
            check(tmp_path / ("ä" * (size + 1)))
    write(tmp_path / ("ä" * 100))
    write_whole(tmp_path / ("ö" * 127), b"")


def test_a_failure_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "new" / "deep" / "out", "test") as part:
        (part / "half").write_text("half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_what_appears_during_the_work_is_kept_and_so_is_the_result(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"notes.*the result is in .*/out\.[0-9a-f]{8}\)$") as raised,
        whole_folder(tmp_path / "out", "test") as part,
    ):
        (part / "result").write_text("of hours")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "notes").write_text("of mine")
    kept = Path(str(raised.value).rpartition(" ")[2].rstrip(")"))
    assert (kept / "result").read_text() == "of hours"
    assert (tmp_path / "out" / "notes").read_text() == "of mine"


@pytest.mark.parametrize("umask", [0o077, 0o022, 0o002])
def test_the_umask_is_obeyed(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write(tmp_path / "out")
        write_whole(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o777 & ~umask
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~umask


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    (tmp_path / "link").symlink_to(path)
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and path.read_bytes() == b"new"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "link"]


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(OSError, match="must be a file to be replaced"):
            write_whole(path, b"")
        with pytest.raises(ValueError, match="must be a file, and is"):
            check_file(path, "a test", lambda _: True, force=True)


def test_a_file_of_another_hand_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    check_file(path, "a test", lambda _: False)
    path.write_text("precious")
    with pytest.raises(ValueError, match="file is there, and not a test: nothing else is overwritten without --force"):
        check_file(path, "a test", lambda _: False)
    check_file(path, "a test", lambda place: place.read_text() == "precious")
    check_file(path, "a test", lambda _: False, force=True)
