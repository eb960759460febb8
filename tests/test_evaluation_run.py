"""Measuring in parallel: any order gives the same, failures are named, what is no picture is counted."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from evaluation import PictureFolder, SchedulerError, connect, distributed, measure_all, measured_curves
from evaluation.coders import CodedPicture
from evaluation.journal import Journal
from host import write_picture
from host.pictures import Picture
from sample_pictures import photograph


@dataclass(frozen=True)
class Coarse:
    """Rounds samples down to a step: a coder whose figures the tests can compute."""

    curve: str
    settings: tuple[str, ...]
    kind: str = "anchor"
    note: str = "test"
    identity: str = ""

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        step = int(setting)
        if step == 0:
            raise ValueError("step must not be 0")
        return CodedPicture(picture.size // step, picture // step * np.uint8(step))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=1, threads_per_worker=3, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(3):
        write_picture(photograph(20 + index, 30, seed=index), tmp_path / f"{index}.png")
    return tmp_path


CODERS = [Coarse("fine", ("2", "4")), Coarse("coarse", ("64",)), Coarse("coarse", ("16",))]


def test_all_pictures_with_all_coders(client: Client, folder: Path) -> None:
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden").write_text("not looked at")
    (folder / "folder").mkdir()
    done: list[int] = []
    photographs = PictureFolder(folder)
    rows = measure_all(client, CODERS, photographs, done.append)
    expected = [
        (c, s, f"{i}.png")
        for c, s in (("fine", "2"), ("fine", "4"), ("coarse", "64"), ("coarse", "16"))
        for i in range(3)
    ]
    assert [(row.curve, row.setting, row.picture) for row in rows] == expected
    assert (rows[0].width, rows[0].height, rows[0].size) == (30, 20, 900)
    assert list(photographs.skipped) == ["notes.txt"]
    assert sum(done) == len(photographs) * len(CODERS) == 12


def test_the_order_of_workers_does_not_matter(client: Client, folder: Path) -> None:
    rows = measure_all(client, CODERS, PictureFolder(folder))
    curves = measured_curves(CODERS, rows)
    backwards = measure_all(client, CODERS, Reversed(folder))
    assert rows == backwards
    assert measured_curves(CODERS, backwards) == curves
    assert measured_curves(CODERS, rows[::-1]) == curves


class Reversed(PictureFolder):
    """The same photographs, last first."""

    def __iter__(self) -> Iterator[tuple[str, Picture]]:
        return iter(list(super().__iter__())[::-1])


def test_means(client: Client, folder: Path) -> None:
    rows = measure_all(client, CODERS, PictureFolder(folder))
    fine, coarse = measured_curves(CODERS, rows)
    assert [point.setting for point in fine.points] == ["4", "2"]  # by rising rate
    assert [point.setting for point in coarse.points] == ["64", "16"]
    assert fine.points[1].bits_per_pixel == pytest.approx(12)
    assert fine.points[1].psnr == pytest.approx(np.mean([row.quality.psnr for row in rows[:3]]))
    assert fine.points[1].ms_ssim is None  # pictures too small


def test_a_failure_names_picture_and_codec(client: Client, folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"\d.png, broken: step must not be 0"):
        measure_all(client, [Coarse("broken", ("0",))], PictureFolder(folder))


@dataclass(frozen=True)
class Deadly(Coarse):
    """Ends its process at pictures 21 pixels high: always, or until a file is there."""

    marker: str = ""

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        if picture.shape[1] == 21 and not (self.marker and Path(self.marker).exists()):
            if self.marker:
                Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().code(picture, setting)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_die(workers: int, client: Client, folder: Path, tmp_path: Path) -> None:
    """One that dies once costs nothing; a picture that kills every worker is left out, and all others are measured."""
    expected = measure_all(client, CODERS, PictureFolder(folder))
    once = [Deadly("fine", ("2", "4"), marker=str(tmp_path / ".died")), *CODERS[1:]]
    always = [Deadly("fine", ("2", "4")), *CODERS[1:]]
    with connect(None, workers) as processes:
        done: list[int] = []
        photographs = PictureFolder(folder)
        assert measure_all(processes, once, photographs, done.append) == expected
        assert sum(done) == 9 and not photographs.skipped
        done.clear()
        rows = measure_all(processes, always, photographs, done.append)
        assert rows == [row for row in expected if row.picture != "1.png"]
        assert sum(done) == 9
        (reason,) = photographs.skipped.values()
        assert reason.startswith("1.png, fine: the process that did it ended 2 times")


def test_no_readable_picture(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(ValueError, match="must hold a readable picture; 2 skipped, the first: a.png: is not a picture"):
        measure_all(client, CODERS, PictureFolder(tmp_path))


def test_bad_folders(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no file"):
        PictureFolder(tmp_path)
    with pytest.raises(ValueError, match="is no folder"):
        PictureFolder(tmp_path / "missing")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere"])
def test_a_scheduler_that_does_not_answer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "CONNECT_SECONDS", 1)
    with pytest.raises(SchedulerError, match=f"scheduler {address} does not answer"), connect(address, 1):
        pass
    # One that is deleted later may wait for a lock of its own for ever.
    assert not [left for left in gc.get_objects() if type(left) is Client and left.status != "running"]


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "CONNECT_SECONDS", 1)
    settings = {"processes": False, "dashboard_address": "127.0.0.1:0", "protocol": "tcp"}
    with (
        LocalCluster(n_workers=0, **settings) as cluster,
        pytest.raises(SchedulerError, match="must have at least 1 worker"),
        connect(cluster.scheduler_address, 1),
    ):
        pass


class Broken(RuntimeError):
    """What breaks an evaluation off."""


def test_an_evaluation_that_broke_off_goes_on(client: Client, folder: Path, tmp_path: Path) -> None:
    expected = measure_all(client, CODERS, PictureFolder(folder))
    path, done = tmp_path / "journal" / "a.jsonl", []

    def break_off(count: int) -> None:
        done.append(count)
        if sum(done) == 4:
            raise Broken

    with pytest.raises(Broken):
        measure_all(client, CODERS, PictureFolder(folder), break_off, Journal.begin(path, resume=False))
    torn = path.read_text()[:-9]  # as a killed process leaves it
    path.write_text(torn)
    journal = Journal.begin(path, resume=True)
    assert len(journal.done) == 3
    measured: list[str] = []
    add = Journal.add
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "add", lambda self, key, rows: (measured.append(key), add(self, key, rows)))
        assert measure_all(client, CODERS, PictureFolder(folder), done.append, journal) == expected
        assert len(measured) == 6 and len(journal.done) == 9
        assert measure_all(client, CODERS, PictureFolder(folder), journal=Journal.begin(path, resume=True)) == expected
        assert len(measured) == 6
        # of other pictures, codecs or settings nothing is taken
        write_picture(photograph(20, 30, seed=7), folder / "0.png")
        others = [Coarse("fine", ("2", "4"), identity="of another model"), Coarse("coarse", ("64",))]
        again = Journal.begin(path, resume=True)
        assert measure_all(client, others, PictureFolder(folder), journal=again) == measure_all(
            client, others, PictureFolder(folder)
        )
        assert len(measured) == 6 + 3 + 1
    journal.end()
    assert not path.exists()


def test_a_journal_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("a letter")
    for resume in (False, True):
        with pytest.raises(ValueError, match="must be what an evaluation left, and is not"):
            Journal.begin(path, resume)
    Journal.begin(tmp_path / "b.jsonl", resume=True).add("key", [])
    for line in ("nonsense", "[]", '{"key": 5, "rows": []}', '{"key": "a", "rows": [{"curve": "x"}]}'):
        path.write_text((tmp_path / "b.jsonl").read_text() + line + "\n")
        with pytest.raises(ValueError, match=r"a.jsonl, line 3"):
            Journal.begin(path, resume=True)
