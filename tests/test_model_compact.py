"""Large filters in half precision: the file shrinks, the codec stays up to rounding, quantized ones are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from model.checkpoint import halved, load_checkpoint, read_record, save_checkpoint
from model.codec import Codec
from model.compact import main
from model.configuration import CodecConfiguration
from sample_codecs import lively_codec


def compact(*arguments: object) -> tuple[int, str]:
    """Exit code, and what is said, without spaces: lines break anywhere."""
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, "".join(result.output.replace("│", " ").split())


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Codec]:
    path = tmp_path_factory.mktemp("wide") / "wide.npz"
    codec = lively_codec(CodecConfiguration(channels=48, latent_channels=48, entropy="context"))
    save_checkpoint(path, codec, {"step": 3})
    return path, codec


def test_large_filters_take_two_bytes_a_number(wide: tuple[Path, Codec], tmp_path: Path) -> None:
    path, codec = wide
    assert compact(path, "--out", tmp_path / "half.npz")[0] == 0
    assert (tmp_path / "half.npz").stat().st_size < 0.75 * path.stat().st_size
    assert read_record(tmp_path / "half.npz") == {"step": 3}
    with np.load(tmp_path / "half.npz") as archive:
        kinds = {name: archive[name].dtype for name in archive.files}
    assert kinds["analysis.sapm1.shift.weight"] == kinds["prior.context.weight"] == np.float16
    assert kinds["analysis.first.weight"] == np.float32
    smaller = load_checkpoint(tmp_path / "half.npz").state_dict()
    for name, value in codec.state_dict().items():
        torch.testing.assert_close(
            smaller[name], value, rtol=2**-11, atol=2**-25, msg=lambda text, name=name: name + text
        )


def test_a_quantized_codec_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    code, said = compact(checkpoint, "--out", tmp_path / "half.npz")
    assert code == 2 and "musthavefloatweights" in said
    assert not (tmp_path / "half.npz").exists()


def test_nothing_is_overwritten(wide: tuple[Path, Codec], tmp_path: Path) -> None:
    (tmp_path / "there.npz").write_bytes(b"mine")
    code, said = compact(wide[0], "--out", tmp_path / "there.npz")
    assert code == 2 and "mustbeanewfile" in said
    assert (tmp_path / "there.npz").read_bytes() == b"mine"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    code, said = compact(tmp_path / "none.npz", "--out", tmp_path / "half.npz")
    assert code == 2 and "none.npz" in said


def test_numbers_beyond_half_precision_are_named() -> None:
    with pytest.raises(ValueError, match="a weight must be at most 65504 in half"):
        halved(np.array([1e6], np.float32))
