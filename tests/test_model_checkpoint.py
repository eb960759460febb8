"""Checkpoints: what is written is what is read, and a wrong file says so."""

import json
import tracemalloc
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


def test_small_stays_below_eight_megabytes(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "small.npz", Codec(PRESETS["small"]))
    assert (tmp_path / "small.npz").stat().st_size < 8_000_000


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
    state = {name: value for name, value in codec.state_dict().items() if name != "steps.step_logs"}
    save_checkpoint(tmp_path / "less.npz", codec, state=state)
    with pytest.raises(CheckpointError, match=r"stored configuration"):
        load_checkpoint(tmp_path / "less.npz")


def test_another_entropy_model_keeps_the_transforms(tmp_path: Path) -> None:
    static = Codec(replace(preset("tiny"), entropy="static"))
    save_checkpoint(tmp_path / "static.npz", static)
    context = Codec(replace(preset("tiny"), entropy="context"))
    own = {name: value.clone() for name, value in context.state_dict().items()}
    kept = adopt_weights(context, tmp_path / "static.npz")
    assert kept == sorted(name for name in own if name.startswith("prior."))
    for name, value in context.state_dict().items():
        assert torch.equal(value, own[name] if name in kept else static.state_dict()[name])


def test_transforms_of_another_width_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny.npz", Codec(preset("tiny")))
    wide = Codec(replace(preset("tiny"), widths=(16, 16, 32)))
    before = {name: value.clone() for name, value in wide.state_dict().items()}
    with pytest.raises(CheckpointError, match=r"tiny\.npz: .* must have the shape .* of this run, not"):
        adopt_weights(wide, tmp_path / "tiny.npz")
    assert all(torch.equal(value, before[name]) for name, value in wide.state_dict().items())


def test_other_branches_take_over_the_weights_they_share(tmp_path: Path) -> None:
    """A twin's convolution becomes the shift branch, and its bias that of the module."""
    twin = Codec(replace(preset("tiny"), branches="convolution"))
    save_checkpoint(tmp_path / "twin.npz", twin)
    for branches in ("shift", "both"):
        codec = Codec(replace(preset("tiny"), branches=branches))
        kept = adopt_weights(codec, tmp_path / "twin.npz")
        assert all("adder" in name or "deconvolution" in name for name in kept)
        for transform, name in (("analysis", "sapm1"), ("synthesis", "sapm2")):
            module, other = (getattr(getattr(c, transform), name) for c in (codec, twin))
            assert torch.equal(module.shift.weight, other.convolution.weight)
            bias = module.bias if branches == "shift" else module.deconvolution.bias
            assert torch.equal(bias, other.convolution.bias)


def header_of(fields: object) -> np.ndarray:
    """The array that holds what a checkpoint says of itself."""
    return np.frombuffer(json.dumps(fields).encode(), np.uint8)


WIDE = {**PRESETS["tiny"].to_dictionary(), "widths": [2048, 2048, 2048], "adder_channels": None}


@pytest.mark.parametrize(
    ("said", "arrays"),
    [
        ("must have the shape", {"header": header_of({"format": "sapm-codec-1", "configuration": WIDE, "record": {}})}),
        ("at most 268435456 bytes", {"weights": np.zeros((1 << 29,), np.int8)}),
        ("must hold numbers", {"weights": np.zeros(3, complex)}),
        ("is not readable", {"header": np.zeros(3, np.uint8)}),
        ("must be 'sapm-codec-1', not", {"header": header_of([1])}),
        ("record must be an object", {"header": header_of({"format": "sapm-codec-1", "record": 3})}),
    ],
)
def test_what_announces_too_much_or_the_wrong_thing(said: str, arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    """One line, and no memory for what a few bytes announce: 2,048 channels are 1 GB of weights."""
    np.savez_compressed(tmp_path / "wrong.npz", **arrays)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match=said) as caught:
            load_checkpoint(tmp_path / "wrong.npz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "record",
    [
        {"step": "7"},
        {"step": -1},
        {"seconds": None},
        {"seconds": float("inf")},
        {"rate_weights": "32"},
        {"rate_weights": [None]},
        {"device": ["cpu"]},
        {"quantization": 3},
        {"start": {"step": 3, "start": {"step": []}}},
    ],
)
def test_records_of_wrong_fields(record: dict[str, object], tmp_path: Path) -> None:
    header = header_of({"format": "sapm-codec-1", "record": record})
    np.savez(tmp_path / "wrong.npz", header=header)
    with pytest.raises(CheckpointError, match=r"wrong\.npz: its record: .* must be"):
        read_record(tmp_path / "wrong.npz")
