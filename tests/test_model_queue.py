"""The queue of training: what it refuses before any work, stops and kills that change no bit, rows of the curve."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import typer

from evaluation.progress import main as evaluate
from host import write_picture
from model.calibration import RECORD as QUANTIZED
from model.checkpoint import read_record, save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS
from model.crops import Batches
from model.finetuner import DEPTH
from model.queue import alone_in
from model.snapshots import CURVE, PENDING, Snapshots
from sample_pictures import photograph
from sample_queue import HARD, HEAD, INTEGERS, QUEUE, SOFT, run

NAMES = ("1-soft", "2-hard", "3-integers")
QUALITIES = ("q1", "q40", "q70", "q100")


@pytest.fixture
def without_evaluator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process takes longer to start than these runs last; what it does, done here, is not to make this one nice."""
    monkeypatch.setattr(os, "nice", lambda _: 0)
    for name, result in (("check", None), ("start", None), ("finish", True)):
        monkeypatch.setattr(Snapshots, name, lambda _, result=result: result)


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """All weights of all stages."""
    found = {}
    for name in NAMES:
        with np.load(folder / "trial" / f"{name}.npz") as archive:
            found |= {f"{name} {key}": archive[key] for key in archive.files if key != "header"}
    return found


class Killed(BaseException):
    """Nothing that a run does at its end is done."""


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """At the steps of all stages that the list holds the process gets the signal that stands beside them, or is
    killed; the list shrinks."""
    plans: list[object] = []
    stream, count = Batches.stream, 0

    def counted(self: Batches, start: int = 0) -> Iterator[torch.Tensor]:
        nonlocal count
        for batch in stream(self, start):
            count += 1
            if plans and plans[0][0] == count:  # type: ignore[index]
                _, number = plans.pop(0)  # type: ignore[misc]
                if number is None:
                    raise Killed
                os.kill(os.getpid(), number)
            yield batch

    monkeypatch.setattr(Batches, "stream", counted)
    yield plans


@pytest.mark.slow
def test_stops_and_kills_change_no_bit(
    photographs: Path, tmp_path: Path, without_evaluator: None, breaking: list[object]
) -> None:
    whole = run(QUEUE, photographs, tmp_path / "whole")
    assert whole.exit_code == 0, whole.output
    assert QUANTIZED in read_record(tmp_path / "whole" / "trial" / "3-integers.npz")
    steps = 10  # of the run above: the fixture counts on
    # stops after the second step of the first stage and of the third, kills at the first and the last of the second
    breaking += [(steps + 2, signal.SIGTERM), (steps + 5, None), (steps + 8, None), (steps + 13, signal.SIGINT)]
    for is_killed in (False, True, True, False):
        if is_killed:
            with pytest.raises(Killed):
                run(QUEUE, photographs, tmp_path / "parts")
        else:
            assert run(QUEUE, photographs, tmp_path / "parts").exit_code == 130
    assert not breaking
    last = run(QUEUE, photographs, tmp_path / "parts")
    assert last.exit_code == 0 and "1-soft: finished" in last.output and "3-integers: starts" in last.output
    first, second = arrays(tmp_path / "whole"), arrays(tmp_path / "parts")
    assert first.keys() == second.keys()
    assert [name for name in first if not np.array_equal(first[name], second[name])] == []
    records = [read_record(tmp_path / name / "trial" / "3-integers.npz") for name in ("whole", "parts")]
    assert records[0][QUANTIZED] == records[1][QUANTIZED]
    assert records[0]["start"]["step"] == 3 and records[0]["start"]["start"]["start"] == "linear"


@pytest.mark.slow
def test_snapshots_wait_for_the_evaluator(photographs: Path, tmp_path: Path, without_evaluator: None) -> None:
    result = run(QUEUE, photographs, tmp_path / "runs", "--minutes", "1e-6")
    assert result.exit_code == 0, result.output
    waiting = Snapshots(tmp_path / "runs" / "trial", ()).waiting()
    found = [(read_record(path)["snapshot"]["stage"], read_record(path)["step"]) for path in waiting]
    assert found == [(name, step) for name, last in zip(NAMES, (4, 3, 3), strict=True) for step in range(1, last + 1)]
    hardness = [read_record(path)["snapshot"]["hardness"] for path in waiting]
    assert hardness == pytest.approx([0, 0, 0, 0, (1 / 3 - 0.3) / 0.3, 1, 1, 1, 1, 1])
    assert run(QUEUE, photographs, tmp_path / "runs").exit_code == 0
    assert Snapshots(tmp_path / "runs" / "trial", ()).waiting() == waiting


@pytest.mark.slow
def test_a_run_whose_layers_are_not_all_quantized_has_no_snapshot(
    photographs: Path, tmp_path: Path, without_evaluator: None
) -> None:
    queue = (
        HEAD
        + SOFT.replace("steps = 4", "steps = 1")
        + INTEGERS.replace("layer_steps = 0\njoint_steps = 3", "layer_steps = 1\njoint_steps = 2")
    )
    result = run(queue, photographs, tmp_path / "runs", "--minutes", "1e-6")
    assert result.exit_code == 0, result.output
    names = [path.stem for path in Snapshots(tmp_path / "runs" / "trial", ()).waiting()]
    assert names == ["001-soft-step00000001", *(f"002-integers-step{DEPTH + joint:08d}" for joint in (0, 1, 2))]


@pytest.mark.slow
def test_rows_of_the_curve(photographs: Path, tmp_path: Path) -> None:
    pictures, curves = tmp_path / "pictures", tmp_path / "curves"
    for folder in (pictures, curves):
        folder.mkdir()
    write_picture(photograph(161, 170, seed=1), pictures / "a.png")
    results = {"bpp": [0.01, 0.1, 1, 10], "psnr-rgb": [2.0, 20.0, 40.0, 60.0]}
    (curves / "jpeg.json").write_text(json.dumps({"name": "JPEG", "results": results}))
    queue = HEAD + SOFT + INTEGERS
    options = ["--pictures", pictures, "--curves", curves, "--qualities", "1,40,70,100"]
    result = run(queue, photographs, tmp_path / "runs", *options)
    log = tmp_path / "runs" / "trial" / "evaluation.log"
    assert result.exit_code == 0, result.output + (log.read_text() if log.exists() else "")
    with (tmp_path / "runs" / "trial" / "curve.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["stage"], row["step"], row["codec"]) for row in rows] == [
        ("1-soft", "4", "float"),
        ("2-integers", "3", "integer"),
    ]
    assert float(rows[0]["hardness"]) == 0 and float(rows[1]["hardness"]) == 1
    for row in rows:
        assert all(float(row[f"loss_{weight}"]) > 0 for weight in (64, 256, 1024, 4096))
        rates = [float(row[f"bpp_{quality}"]) for quality in QUALITIES]
        assert rates == sorted(rates) and all(row[f"{name}_q40"] for name in ("psnr", "ms_ssim"))
        assert row["bd_rate_psnr_jpeg"] and float(row["processor_hours"]) >= 0
    assert (tmp_path / "runs" / "trial" / "curve.png").stat().st_size > 1000
    assert [path.name for path in (tmp_path / "runs" / "trial" / PENDING).iterdir()] == ["photographs.npz"]


def test_a_queue_that_is_not_the_one_of_its_folder_is_refused(
    photographs: Path, tmp_path: Path, without_evaluator: None
) -> None:
    runs = tmp_path / "runs"
    assert run(HEAD + SOFT, photographs, runs).exit_code == 0
    other = run(HEAD + SOFT.replace("batch = 2", "batch = 3"), photographs, runs)
    assert other.exit_code == 1 and "batch of the plan must be 2, as it was, not 3" in other.words
    other = run(HEAD.replace("= 4", "= 5") + SOFT, photographs, runs)
    assert other.exit_code == 1 and "adder_channels of the configuration must be 4, as it was, not 5" in other.words
    save_checkpoint(runs / "trial" / "2-hard.npz", Codec(PRESETS["tiny"]))
    other = run(HEAD + SOFT.replace("steps = 4", "steps = 9") + HARD, photographs, runs)
    assert other.exit_code == 1 and "must not exist before 1-soft is finished" in other.words
    with alone_in(runs / "trial"):
        other = run(HEAD + SOFT, photographs, runs)
    assert other.exit_code == 1 and "one queue at a time, and another one runs in it" in other.words


def test_an_evaluator_whose_queue_has_ended_does_nothing(
    photographs: Path, tmp_path: Path, without_evaluator: None
) -> None:
    assert run(HEAD + SOFT.replace("steps = 4", "steps = 1"), photographs, tmp_path / "runs").exit_code == 0
    folder = tmp_path / "runs" / "trial"
    (snapshot,) = Snapshots(folder, ()).waiting()
    with pytest.raises(SystemExit):
        evaluate(folder, parent=os.getpid())  # this very process is no parent of its own
    assert snapshot.exists() and not (folder / CURVE).exists()


def test_a_snapshot_that_cannot_be_evaluated_is_put_aside(
    photographs: Path, tmp_path: Path, without_evaluator: None
) -> None:
    assert run(HEAD + SOFT.replace("steps = 4", "steps = 1"), photographs, tmp_path / "runs").exit_code == 0
    folder = tmp_path / "runs" / "trial"
    (snapshot,) = Snapshots(folder, ()).waiting()
    damaged = snapshot.with_name("000-damaged-step00000001.npz")
    damaged.write_bytes(b"torn")
    with pytest.raises(typer.Exit) as stop:
        evaluate(folder)
    assert stop.value.exit_code == 1
    assert damaged.with_suffix(".failed").exists() and not snapshot.exists() and (folder / CURVE).exists()
