"""Checkpoints: what is written is what is read, and a wrong file says so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.checkpoint import CheckpointError, adopt_weights, load_checkpoint, read_record, save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS, preset


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tiny.npz"
    codec = Codec(preset("tiny", (2, 2, 2))).eval()
    save_checkpoint(path, codec, {"step": 7})
    loaded = load_checkpoint(path)
    assert read_record(path) == {"step": 7}
    assert loaded.configuration == codec.configuration and not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in codec.state_dict().items())
    assert [p.name for p in path.parent.iterdir()] == ["tiny.npz"]


def test_small_stays_below_four_megabytes(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "small.npz", Codec(PRESETS["small"]))
    assert (tmp_path / "small.npz").stat().st_size < 4_000_000


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.npz"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"wrong\.npz must be a checkpoint"):
        load_checkpoint(path)


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "torn.npz"
    save_checkpoint(path, Codec(PRESETS["tiny"]))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=r"torn\.npz"):
        load_checkpoint(path)


def test_another_archive_and_a_missing_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", weight=np.zeros(3))
    with pytest.raises(CheckpointError, match=r"other\.npz"):
        load_checkpoint(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "missing.npz")


def test_weights_of_another_shape(tmp_path: Path) -> None:
    codec = Codec(PRESETS["tiny"])
    state = {name: value for name, value in codec.state_dict().items() if name != "prior.means"}
    save_checkpoint(tmp_path / "less.npz", codec, state=state)
    with pytest.raises(CheckpointError, match=r"stored configuration"):
        load_checkpoint(tmp_path / "less.npz")


def test_another_entropy_model_keeps_the_transforms(tmp_path: Path) -> None:
    static = Codec(preset("tiny"))
    save_checkpoint(tmp_path / "static.npz", static)
    context = Codec(replace(preset("tiny"), entropy="context"))
    own = {name: value.clone() for name, value in context.state_dict().items()}
    kept = adopt_weights(context, tmp_path / "static.npz")
    assert kept == sorted(name for name in own if name.startswith("prior."))
    for name, value in context.state_dict().items():
        assert torch.equal(value, own[name] if name in kept else static.state_dict()[name])


def test_transforms_of_another_width_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny.npz", Codec(preset("tiny")))
    wide = Codec(replace(preset("tiny"), channels=12))
    before = {name: value.clone() for name, value in wide.state_dict().items()}
    with pytest.raises(CheckpointError, match=r"tiny\.npz: transforms must have the configuration"):
        adopt_weights(wide, tmp_path / "tiny.npz")
    assert all(torch.equal(value, before[name]) for name, value in wide.state_dict().items())
