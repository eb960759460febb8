"""Outputs that are interrupted, killed, raced for, or for which the disk has no room: only the new result is lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ops.files import check_folder, parts, whole_folder, write_whole
from ops.files.written import RECORD
from written_folders import tree, write

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("swaps", [True, False])
@pytest.mark.parametrize("moment", ["rename", "_exchange", "_replace", "rmtree"])
def test_an_interrupt_at_any_moment_loses_at_most_the_new_result(
    moment: str, swaps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "old")
    if not swaps:
        monkeypatch.setattr(parts, "_exchange", lambda *_: False)
    place = {"rename": os, "rmtree": parts.shutil}.get(moment, parts)
    real = getattr(place, moment)
    for when in ("before", "after"):
        interrupted = []

        def interrupt(*values: object, when: str = when, seen: list[int] = interrupted, **named: object) -> object:
            seen.append(1)
            if when == "before" and len(seen) == 1:
                raise KeyboardInterrupt
            result = real(*values, **named)
            if when == "after" and len(seen) == 1:
                raise KeyboardInterrupt
            return result

        monkeypatch.setattr(place, moment, interrupt)
        with suppress(KeyboardInterrupt):
            write(tmp_path / "out", when)
        monkeypatch.setattr(place, moment, real)
        parts.clean(tmp_path)
        assert (tmp_path / "out" / "deep" / "file").read_text() in ("old", "before", "after")
        check_folder(tmp_path / "out", "test")
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_a_swap_the_older_result_still_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_exchange", lambda *_: False)
    for text in ("one", "two"):
        write(tmp_path / "out", text)
    assert (tmp_path / "out" / "deep" / "file").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_result_that_was_giving_way_when_the_run_was_killed_returns(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    (tmp_path / "out").rename(tmp_path / ".out.0123abcd.sapm-old")
    (tmp_path / ".out.4567abcd.sapm-part").mkdir()
    write(tmp_path / "other")
    assert (tmp_path / "out" / "deep" / "file").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out"]


KILLED = """
import sys, time
from pathlib import Path
from ops.files import replacing, whole_folder
with whole_folder(Path(sys.argv[1]), "test") as part, replacing(Path(sys.argv[2])) as file:
    (part / "half").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_leftovers_of_killed_runs_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out"), str(tmp_path / "file")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
            write(tmp_path / "other")
            assert len(list(tmp_path.iterdir())) == 3
        finally:
            process.kill()
    (tmp_path / ".notes.swp").write_text("of an editor")
    write(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".notes.swp", "other"]


def test_a_disk_that_fills_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk; the error comes while writing, or when all is flushed."""
    write(tmp_path / "out", "old")
    write_whole(tmp_path / "file", b"old")
    before = tree(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        for size in (1001, 100_000):
            with pytest.raises(OSError, match="File too large"):
                write(tmp_path / "out", "x" * size)
            with pytest.raises(OSError, match="File too large"):
                write_whole(tmp_path / "file", b"x" * size)
        with pytest.raises(OSError, match="File too large"), whole_folder(tmp_path / "out", "test") as part:
            for index in range(20):  # whose record is too long
                (part / str(index)).write_text("")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert tree(tmp_path) == before


RACER = """
import sys, time
from pathlib import Path
from ops.files import whole_folder
place, name = Path(sys.argv[1]), sys.argv[2]
while True:
    with whole_folder(place, "test") as part:
        for index in range(20):
            (part / str(index)).write_text(name)
"""


@pytest.mark.slow
def test_runs_that_race_and_are_killed_never_tear_a_result(tmp_path: Path) -> None:
    place = tmp_path / "out"
    end = time.monotonic() + 6
    count = 0
    while time.monotonic() < end:
        command = [sys.executable, "-c", RACER, str(place)]
        racers = [subprocess.Popen([*command, name], cwd=ROOT, stderr=subprocess.DEVNULL) for name in ("one", "two")]
        time.sleep(0.2 + 0.05 * (count % 7))
        for racer in racers:
            racer.send_signal(signal.SIGKILL if count % 2 else signal.SIGINT)
            racer.wait()
        count += 1
        if place.exists():
            assert len({(place / str(index)).read_text() for index in range(20)}) == 1
            assert json.loads((place / RECORD).read_text())["kind"] == "test"
            check_folder(place, "test")
    write(place)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
