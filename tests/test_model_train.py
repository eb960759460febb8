"""The command line of training: a short run from folder to checkpoint, resumed, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from model.checkpoint import load_checkpoint, read_record
from model.train import app


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(11):
        coarse = np.random.default_rng(index).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((48, 48), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    (folder / "torn.png").write_bytes(b"torn")
    return folder


def train(photographs: Path, out: Path, *options: str) -> Result:
    small = {"preset": "tiny", "channels": 6, "latent-channels": 6, "crop": 32, "batch": 2, "log-steps": 2}
    paths = {"data": photographs, "out": out, "log-dir": out.parent / "runs", "device": "cpu"}
    common = [str(part) for name, value in {**small, **paths}.items() for part in (f"--{name}", value)]
    return CliRunner().invoke(app, [*common, *options])


def test_from_folder_to_checkpoint(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.npz"
    result = train(photographs, out, "--steps", "4", "--entropy", "context", "--branches", "shift", "--no-tensorboard")
    assert result.exit_code == 0, result.output
    for text in (
        "crops of 32 show the hyper networks 1 positions",
        "11 photographs",
        "1 corrupt skipped (torn.png)",
        "step 4 ",
        "held out (1 pictures)",
        "bpp (estimated)",
    ):
        assert text in result.output
    configuration = load_checkpoint(out).configuration
    assert (configuration.entropy, configuration.branches, configuration.channels) == ("context", "shift", 6)
    assert read_record(out)["step"] == 4 and not (tmp_path / "runs").exists()


def test_a_run_goes_on_where_it_stopped(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.npz"
    assert train(photographs, out, "--steps", "2", "--no-tensorboard").exit_code == 0
    refused = train(photographs, out, "--steps", "4", "--no-tensorboard")
    assert refused.exit_code == 2 and "out must not exist without --resume or --overwrite" in words(refused)
    assert train(photographs, out, "--steps", "4", "--resume", "--no-tensorboard").exit_code == 0
    assert read_record(out)["step"] == 4
    other = train(photographs, out, "--steps", "4", "--resume", "--rate-weight", "16")
    assert other.exit_code == 2 and "rate_weight of the plan must be 1024.0" in words(other)
    assert train(photographs, out, "--steps", "2", "--overwrite", "--no-tensorboard").exit_code == 0


def test_a_run_begins_with_the_weights_of_another(photographs: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    assert train(photographs, first, "--steps", "2", "--no-tensorboard").exit_code == 0
    options = "--rate-weight", "64", "--no-tensorboard"
    result = train(photographs, second, "--steps", "1", "--start-from", str(first), *options)
    assert result.exit_code == 0 and "starts from" in result.output
    assert (
        train(photographs, second, "--steps", "2", "--resume", "--rate-weight", "64", "--no-tensorboard").exit_code == 0
    )
    record = read_record(second)
    assert (record["step"], record["rate_weight"]) == (2, 64.0)
    assert record["start"] == {"step": 2, "rate_weight": 1024.0}
    missing = train(photographs, tmp_path / "third.npz", "--start-from", str(tmp_path / "none.npz"), "--steps", "1")
    assert missing.exit_code == 2 and "none.npz" in words(missing).replace(" ", "")


def test_a_log_for_tensorboard(photographs: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    assert train(photographs, tmp_path / "tiny.npz", "--steps", "2").exit_code == 0
    assert list((tmp_path / "runs" / "tiny").glob("events.out.tfevents.*"))


def words(result: Result) -> str:
    """The output without the frame that wraps it."""
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--branches neither", "branches must be one of"),
        ("--strides 4,2", "strides must be three numbers such as 4,2,2, not '4,2'"),
        ("--strides 3,2,2", "strides must be one of"),
        ("--preset huge", "preset must be one of"),
        ("--loss ms-ssim", "crop must be at least 176"),
        ("--crop 40", "crop must be a multiple of 16 at these strides, not 40"),
        ("--crop 64", "must hold pictures of at least 64x64, found none"),
        ("--device tpu", "device must be"),
        ("--data missing", "training data must be a folder or a tar"),
        ("--resume", "No such file"),
        ("--activation-bits 8", "activation-bits needs --start-from, the ranges of a trained codec, not 8"),
        ("--activation-bits 3 --start-from none.npz", "activation_bits must be between 4 and 16 or None, not 3"),
    ],
)
def test_wrong_options_are_named(options: str, message: str, photographs: Path, tmp_path: Path) -> None:
    result = train(photographs, tmp_path / "tiny.npz", "--steps", "2", *options.split())
    assert result.exit_code == 2
    assert message in words(result)


def test_a_checkpoint_that_cannot_be_written_is_named_at_once(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    result = train(photographs, tmp_path / "file" / "tiny.npz", "--steps", "2")
    assert result.exit_code == 2 and "0/file" in words(result).replace(" ", "")
