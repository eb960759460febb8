"""The command line of training: a short run from folder to checkpoint, resumed, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command import Result, invoke
from model.checkpoint import load_checkpoint, read_record


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(11):
        coarse = np.random.default_rng(index).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((48, 48), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    (folder / "torn.png").write_bytes(b"torn")
    return folder


def train(photographs: Path, out: Path, *options: str) -> Result:
    small = {"preset": "tiny", "widths": "6,6,6", "adder-channels": 6, "crop": 32, "batch": 2, "log-steps": 2}
    paths = {"data": photographs, "output": out, "log-dir": out.parent / "runs", "device": "cpu"}
    common = [str(part) for name, value in {**small, **paths}.items() for part in (f"--{name}", value)]
    return invoke("train", *common, *options)


def test_from_folder_to_checkpoint(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.npz"
    result = train(photographs, out, "--steps", "4", "--entropy", "context", "--branches", "shift", "--no-tensorboard")
    assert result.exit_code == 0, result.output
    for text in (
        "crops of 32 show the hyper networks 1 positions",
        "11 photographs",
        "1 unreadable skipped (torn.png",
        "1 held out",
        "starts as a linear codec of the photographs",
        "step 4 ",
        *(f"held out, lambda {weight} " for weight in (64, 256, 1024, 4096)),
        "bpp (estimated)",
    ):
        assert text in result.output
    configuration = load_checkpoint(out).configuration
    assert (configuration.entropy, configuration.branches, configuration.widths) == ("context", "shift", (6, 6, 6))
    record = read_record(out)
    assert (record["step"], record["start"], record["synthetic_share"]) == (4, "linear", 0.05)
    assert not (tmp_path / "runs").exists()


def test_a_run_goes_on_where_it_stopped(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.npz"
    assert train(photographs, out, "--steps", "2", "--no-tensorboard").exit_code == 0
    refused = train(photographs, out, "--steps", "4", "--no-tensorboard")
    assert refused.exit_code == 1 and "the output must not exist without --resume or --force" in refused.words
    assert train(photographs, out, "--steps", "4", "--resume", "--no-tensorboard").exit_code == 0
    assert read_record(out)["step"] == 4
    other = train(photographs, out, "--steps", "4", "--resume", "--rate-weights", "64,64")
    assert other.exit_code == 1 and "rate_weights of the plan must be (32.0, 8192.0), as it was" in other.words
    other = train(photographs, out, "--steps", "4", "--resume", "--synthetic-share", "0.5")
    assert other.exit_code == 1 and "synthetic_share of the plan must be 0.05, as it was, not 0.5" in other.words
    assert train(photographs, out, "--steps", "2", "--force", "--no-tensorboard").exit_code == 0


def test_a_run_begins_with_the_weights_of_another(photographs: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    assert train(photographs, first, "--steps", "2", "--no-tensorboard").exit_code == 0
    options = "--rate-weights", "64,128", "--no-tensorboard"
    result = train(photographs, second, "--steps", "1", "--start-from", str(first), *options)
    assert result.exit_code == 0 and "starts from" in result.output and "linear codec" not in result.output
    assert train(photographs, second, "--steps", "2", "--resume", *options).exit_code == 0
    record = read_record(second)
    assert (record["step"], record["rate_weights"]) == (2, [64.0, 128.0])
    start = record["start"]
    assert (start["step"], start["start"]) == (2, "linear") and start["processor_seconds"] >= 0
    missing = train(photographs, tmp_path / "third.npz", "--start-from", str(tmp_path / "none.npz"), "--steps", "1")
    assert missing.exit_code == 1 and "none.npz" in missing.words.replace(" ", "")


def test_a_log_for_tensorboard(photographs: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    assert train(photographs, tmp_path / "tiny.npz", "--steps", "2").exit_code == 0
    assert list((tmp_path / "runs" / "tiny").glob("events.out.tfevents.*"))


def test_a_linear_start_is_better_than_none_and_may_be_left_out(photographs: Path, tmp_path: Path) -> None:
    figures = {}
    for name in ("linear-start", "no-linear-start"):
        out = tmp_path / f"{name}.npz"
        result = train(photographs, out, "--steps", "1", "--branches", "shift", "--no-tensorboard", f"--{name}")
        assert result.exit_code == 0, result.output
        assert ("starts as a linear codec" in result.output) == (name == "linear-start")
        found = re.search(r"held out, lambda 1024 .*?loss ([0-9.]+)", result.words)
        assert found is not None
        figures[name] = float(found[1])
    assert figures["linear-start"] < 0.5 * figures["no-linear-start"]
    assert "start" not in read_record(tmp_path / "no-linear-start.npz")


def test_crops_may_all_be_drawn(photographs: Path, tmp_path: Path) -> None:
    losses = []
    for share in ("0", "1"):
        out = tmp_path / f"{share}.npz"
        result = train(photographs, out, "--steps", "2", "--no-tensorboard", "--synthetic-share", share)
        assert result.exit_code == 0 and read_record(out)["synthetic_share"] == float(share)
        losses.append(re.findall(r"step 2 .*? loss ([0-9.]+)", result.words))
    assert losses[0] != losses[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--branches neither", "branches must be one of"),
        ("--strides 4,2", "strides must be 3 numbers with commas between them, not '4,2'"),
        ("--widths 8,8", "widths must be 3 numbers with commas between them, not '8,8'"),
        ("--widths 8,0,8", "widths must be three integers (N1, N2, M) from 1 to 2048, not"),
        ("--adder-channels 99999999999999999999", "adder_channels must be an integer from 1 to 2048 or None, not 999"),
        ("--adder-spread 1e30", "adder_spread must be above 0 and at most 1000, not 1e+30"),
        ("--first-kernel 99999999999999999999999", "first_kernel must be an odd integer from 1 to 31, not 999"),
        ("--batch 99999999999999999999", "batch must be between 0 and 4096, not 999"),
        ("--seed 99999999999999999999", "seed must be between 0 and 9223372036854775807, not 999"),
        ("--rate-weights 64", "rate_weights must be 2 numbers with commas between them, not '64'"),
        ("--rate-weights 16,64", "rate weight must be between 32 and 8192, not 16"),
        ("--synthetic-share 2", "synthetic_share must be between 0 and 1, not 2.0"),
        ("--shortcut none", "shortcut must be one of"),
        (
            "--linear-start --start-from none.npz",
            "--linear-start must stand alone, not beside --start-from or --resume",
        ),
        ("--linear-start --resume", "--linear-start must stand alone, not beside --start-from or --resume"),
        ("--shortcut pool --branches adder", "found adders alone; --no-linear-start begins without"),
        ("--strides 3,2,2", "strides must be one of"),
        ("--preset huge", "preset must be one of"),
        ("--loss ms-ssim", "crop must be at least 176"),
        ("--crop 40", "crop must be a multiple of 16 at these strides, not 40"),
        ("--crop 64", "must hold pictures of at least 64x64, found none"),
        ("--device tpu", "device must be"),
        ("--data missing", "training data must be a folder or a tar"),
        ("--resume", "No such file"),
    ],
)
def test_wrong_options_are_named(options: str, message: str, photographs: Path, tmp_path: Path) -> None:
    result = train(photographs, tmp_path / "tiny.npz", "--steps", "2", *options.split())
    assert result.exit_code == 1
    assert message in result.words


def test_a_checkpoint_that_cannot_be_written_is_named_at_once(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    result = train(photographs, tmp_path / "file" / "tiny.npz", "--steps", "2")
    assert result.exit_code == 1 and "0/file" in result.words.replace(" ", "")
