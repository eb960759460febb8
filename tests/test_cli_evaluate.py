"""`sapm evaluate` on two small pictures, on this machine and on a given scheduler, and on bad input."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import LocalCluster

from cli.main import main
from evaluation import distributed
from evaluation.journal import Journal
from host import read_picture, write_picture
from host.qualities import position_of
from model.checkpoint import load_checkpoint, save_checkpoint
from ops.files.written import RECORD
from sample_pictures import photograph
from sapm.bundle import Bundle
from sapm.reporting import PAGE
from sapm.reporting.files import COMMANDS

FILES = {f"{name}.csv" for name in ("points", "pictures", "bd_rate")} | {
    "results.json",
    *(f"rd_{metric}.{kind}" for metric in ("psnr", "psnr_of_mse", "ms_ssim") for kind in ("png", "svg")),
}


def sapm(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Exit code of `sapm evaluate ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["sapm", "evaluate", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    write_picture(photograph(161, 170, seed=1), folder / "b.png")
    write_picture(photograph(170, 161, seed=2), folder / "a.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.mark.slow
def test_two_pictures_end_to_end(
    monkeypatch: pytest.MonkeyPatch,
    codec: Path,
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    options = ["--pictures", pictures, "--codec", f"ours={codec}", "--anchors", "webp", "--qualities", "90,10,50"]
    assert sapm(monkeypatch, *options, "-o", first, "--workers", 1) == 0
    shown = capsys.readouterr().out
    assert "1 file skipped" in shown
    assert "notes.txt: is not a picture" in shown
    assert "3 of the 4 points" in " ".join(shown.split())
    assert {path.name for path in first.iterdir()} == {*FILES, RECORD, PAGE, COMMANDS, "times.csv"}
    assert "ours (effort 0) on 2 pictures" in (first / PAGE).read_text()

    settings = {"processes": False, "dashboard_address": "127.0.0.1:0", "protocol": "tcp"}
    with LocalCluster(n_workers=1, threads_per_worker=3, **settings) as cluster:
        assert sapm(monkeypatch, *options, "-o", second, "--scheduler", cluster.scheduler_address) == 0
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name

    with (first / "times.csv").open() as file:
        times = {(row["curve"], row["setting"]): row for row in csv.DictReader(file)}
    assert len(times) == 3 + 15  # each setting of each
    assert all(float(row[f"{what}code_seconds_per_megapixel"]) > 0 for row in times.values() for what in ("en", "de"))
    assert "processor time on one thread" in shown and not (tmp_path / "first.unfinished.jsonl").exists()

    results = json.loads((first / "results.json").read_text())
    assert [picture["name"] for picture in results["pictures"]] == ["a.png", "b.png"]
    assert [entry["name"] for entry in results["skipped"]] == ["notes.txt"]
    assert [curve["name"] for curve in results["curves"]] == ["ours (effort 0)", "WebP 4:2:0"]
    assert "--effort 0" in results["curves"][0]["note"]
    assert [point["setting"] for point in results["curves"][0]["points"]] == ["q10", "q50", "q90"]
    assert "4:2:0 only" in results["curves"][1]["note"]
    with (first / "pictures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(results["measurements"])
    ours = [row for row in rows if row["curve"] == "ours (effort 0)"]
    settings = ["q90", "q90", "q10", "q10", "q50", "q50"]
    assert [(row["picture"], row["setting"]) for row in ours] == [*zip(["a.png", "b.png"] * 3, settings, strict=True)]
    host = Bundle.load(codec).host
    for row in ours:
        data = host.encode(read_picture(pictures / row["picture"]), position_of(float(row["setting"][1:])))
        assert len(data) == int(row["size"])
        pixels = int(row["width"]) * int(row["height"])
        assert float(row["bits_per_pixel"]) == pytest.approx(8 * int(row["size"]) / pixels, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--anchors", "jpeg,gif"], "anchor must be one of jpeg"),
        (["--curves", "CODEC"], "holds no .json file"),
        (["--draw", "vtm"], "--draw must name a published curve"),
        (["--pictures", "EMPTY"], "holds no file"),
        (["--pictures", "nowhere"], "is no folder"),
        (["--codec", "CODEC", "--codec", "CODEC"], "'q1' twice"),
        (["--curves", "PUBLISHED"], "a name of its own, not 'random (effort 0)'"),
        (["--codec", "nowhere"], "codec must be a folder made by"),
        (["--qualities", "20,101"], "quality must be between 1 and 100, not 101"),
        (["--qualities", "best"], "--qualities must be comma-separated numbers from 1 to 100, not 'best'"),
        (["--effort", "0,10"], "effort must be between 0 and 9, not 10"),
        (["--effort", "much"], "--effort must be comma-separated numbers from 0 to 9, not 'much'"),
        (["--scheduler", "tcp://127.0.0.1:9"], "does not answer"),
        (["--scheduler", "tcp://127.0.0.1:9", "--workers", "2"], "either --scheduler or --workers"),
    ],
)
def test_bad_input(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    codec: Path,
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(distributed, "CONNECT_SECONDS", 1)
    (tmp_path / "empty").mkdir()
    if "CODEC" in arguments and "--curves" in arguments:
        arguments = ["--curves", str(codec.parent)]
    if "PUBLISHED" in arguments:
        arguments = ["--curves", str(tmp_path / "empty")]
        curve = {"results": {"bpp": [1, 2], "psnr-rgb": [30, 31]}}
        (tmp_path / "empty" / "random (effort 0).json").write_text(json.dumps(curve))
    filled = [text.replace("CODEC", str(codec)).replace("EMPTY", str(tmp_path / "empty")) for text in arguments]
    options = [*(() if "--pictures" in filled else ("--pictures", pictures)), "-o", tmp_path / "out"]
    options += [] if "--codec" in filled else ["--codec", codec]
    assert sapm(monkeypatch, *options, *filled) == 1
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_nothing_foreign_is_overwritten(
    monkeypatch: pytest.MonkeyPatch, codec: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm(monkeypatch, "--pictures", pictures, "-o", pictures, "--codec", codec, "--workers", 1) == 1
    assert "nothing else is overwritten" in capsys.readouterr().err


@pytest.mark.slow
def test_float_checkpoints(
    monkeypatch: pytest.MonkeyPatch,
    float_checkpoint: Path,
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = {
        "sapm": {"rate_weights": [32.0, 8192.0], "step": 9},
        "twin": {"step": 5},
        "one": {"rate_weights": [1024.0] * 2},
    }
    codec = load_checkpoint(float_checkpoint)
    for name, record in records.items():
        save_checkpoint(tmp_path / f"{name}.npz", codec, record)
    options = [option for name in records for option in ("--float", tmp_path / f"{name}.npz")]
    folder = tmp_path / "out"
    command = ["--pictures", pictures, *options, "--anchors", "none", "--against", "twin", "-o", folder, "--workers", 1]
    assert sapm(monkeypatch, *command, "--qualities", "1,62.875") == 0
    assert "sapm (estimated rate)" in " ".join(capsys.readouterr().out.split()).replace("│ ", "")
    results = json.loads((folder / "results.json").read_text())
    names = [f"{name} (estimated rate)" for name in records]
    assert [curve["name"] for curve in results["curves"]] == names
    # who was trained for one lambda has a point there alone
    settings = [{point["setting"] for point in curve["points"]} for curve in results["curves"]]
    assert settings == [{"q1", "q62.875"}, {"q1", "q62.875"}, {"q62.875"}]
    assert "of no file" in results["curves"][0]["note"]
    for name in ("points", "pictures", "losses"):
        assert all("(estimated rate)" in row for row in (folder / f"{name}.csv").read_text().splitlines()[1:]), name
    found = [(loss["curve"], loss["setting"], loss["rate_weight"], loss["percent"]) for loss in results["losses"]]
    assert found == [
        *((name, setting, weight, 0.0) for name in names[:2] for setting, weight in (("q1", 32), ("q62.875", 1024))),
        (names[2], "q62.875", 1024, 0.0),
    ]

    picture = read_picture(pictures / "a.png")  # 170 rows and 161 columns, padded to multiples of 16
    padded = np.pad(picture, ((0, 0), (0, 6), (0, 15)), mode="edge").astype(np.float32) / 256
    with torch.no_grad():
        restored, bits = codec(torch.from_numpy(padded)[None], torch.tensor([5.0]))
    rows = [row for row in results["measurements"] if (row["setting"], row["picture"]) == ("q62.875", "a.png")]
    assert rows[0]["bits_per_pixel"] == pytest.approx(float(bits) / (170 * 161), rel=1e-5)
    decoded = np.clip(np.rint(restored[0, :, :170, :161].numpy() * 256), 0, 255)
    assert rows[0]["psnr"] == pytest.approx(-10 * np.log10(np.square((decoded - picture) / 255).mean()), abs=1e-3)

    assert sapm(monkeypatch, "--pictures", pictures, "--against", "cnn", *options, "-o", tmp_path / "other") == 1
    assert "--against must be the name of a --float (sapm, twin, one), not 'cnn'" in capsys.readouterr().err


def test_a_break_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, codec: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journals: list[Journal] = []

    def measure(*arguments: object) -> None:
        journal = arguments[-1]
        assert isinstance(journal, Journal)
        journals.append(Journal(journal.path, dict(journal.done)))
        journal.add(f"key {len(journals)}", [])
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.evaluate.measure", measure)
    options = ["--pictures", pictures, "--codec", codec, "--anchors", "none", "-o", tmp_path / "out"]
    for more, known in ([], []), (["--resume"], ["key 1"]), (["--resume"], ["key 1", "key 2"]), ([], []):
        assert sapm(monkeypatch, *options, *more) != 0
        assert list(journals[-1].done) == known
        said = " ".join(capsys.readouterr().err.split())
        assert f"{tmp_path}/out.unfinished.jsonl: --resume goes on from there" in said
    assert not (tmp_path / "out").exists()
    (tmp_path / "out.unfinished.jsonl").write_text("mine")
    assert sapm(monkeypatch, *options) == 1
    assert (tmp_path / "out.unfinished.jsonl").read_text() == "mine"
