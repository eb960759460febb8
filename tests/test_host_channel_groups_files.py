"""The archive of an entropy model: it comes back whole, and what is not one is refused before memory is taken."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host.archive import LARGEST_ARCHIVE, write_arrays
from host.channel_groups import ChannelGroups
from sample_entropy import channel_groups, likely_symbols

MODEL = channel_groups(6)


def test_save_and_load(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "entropy.npz")
    loaded = ChannelGroups.load(tmp_path / "entropy.npz")
    symbols = likely_symbols((6, 9, 7))
    assert loaded.digest() == MODEL.digest() and loaded.encode(symbols, 9) == MODEL.encode(symbols, 9)
    assert [path.name for path in tmp_path.iterdir()] == ["entropy.npz"]


def test_digest_names_every_part() -> None:
    digests = {MODEL.digest()}
    for name in (
        "own",
        "hidden_bias",
        "hidden_shifts",
        "middle",
        "middle_places",
        "within",
        "laws",
        "law_bias",
        "scale",
        "mean",
    ):
        values = getattr(MODEL.groups[1], name)
        changed = replace(MODEL.groups[1], **{name: np.where(np.arange(values.size).reshape(values.shape), values, 1)})
        digests.add(ChannelGroups((MODEL.groups[0], changed)).digest())
    assert len(digests) == 11 and channel_groups(6).digest() in digests


def changed_by(name: str, values: Any) -> dict[str, Any]:
    return {f"groups.1.{name}": values}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"format": np.frombuffer(b"other", np.uint8)},
            "must be a file of format 'sapm channel groups 1', not b'other'",
        ),
        ({"other": np.zeros(1, np.int8)}, "must have no array 'other'"),
        ({"groups.7.own": np.zeros(1, np.int8)}, "must have no array 'groups.7.own'"),
        (changed_by("own", np.zeros((8, 96), np.int16)), "groups.1.own must be of type <i1, not <i2"),
        (changed_by("own", np.zeros((8, 95), np.int8)), r"groups.1.own must be <i1 of shape \(8, 96\), not \(8, 95\)"),
        (changed_by("own", np.zeros(8, np.int8)), r"own and scale must be matrices, not \(8,\)"),
        (changed_by("own", np.zeros((0, 96), np.int8)), "1 to 256 hidden numbers, not 4 and 0"),
        (changed_by("scale", np.zeros((12, 0), np.int16)), "must have 1 to 4096 channels"),
        (changed_by("mean", np.zeros((12, 0), np.int16)), r"mean must be <i2 of shape \(12, 4\), not \(12, 0\)"),
        (changed_by("law_shifts", np.full(24, 32, np.int32)), "law_shifts must be between 0 and 31, not 32 to 32"),
        (changed_by("middle_shifts", np.full(8, -1, np.int32)), "middle_shifts must be between 0 and 31, not -1 to -1"),
        (changed_by("middle_places", np.full(8, 15, np.int32)), "middle_places must be between 0 and 14, not 15 to 15"),
        (changed_by("within_places", np.full(8, 15, np.int32)), "within_places must be between 0 and 14, not 15 to 15"),
        (changed_by("hidden_bias", np.full((9, 8), -(2**31), np.int32)), "hidden_bias must be between -1073741824"),
    ],
)
def test_bad_models_are_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "entropy.npz"
    write_arrays(path, MODEL.arrays() | change)
    with pytest.raises(ValueError, match=words) as caught:
        ChannelGroups.load(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_sums_that_could_leave_32_bits_are_refused() -> None:
    """At the bound itself: a product of 2**15, half of 2**31, and a bias."""
    group = MODEL.groups[0]
    bare = {name: np.zeros_like(getattr(group, name)) for name in ("middle", "middle_places", "within")}
    fits = 2**30 - 2**15 - 1
    for bias in (fits, fits + 1, -fits, -fits - 1):
        shifts, biases = np.full_like(group.middle_shifts, 31), np.full_like(group.middle_bias, bias)
        changed = replace(group, middle_shifts=shifts, middle_bias=biases, **bare)
        if abs(bias) == fits:
            ChannelGroups((changed, MODEL.groups[1]))
            continue
        with pytest.raises(ValueError, match="groups.0: sums must stay below 2[*][*]31, not reach 2147483648"):
            ChannelGroups((changed, MODEL.groups[1]))


def test_what_parts_tell_counts_among_the_sums() -> None:
    group = MODEL.groups[1]
    changed = replace(
        group, within=np.full_like(group.within, 127), within_places=np.full_like(group.within_places, 12)
    )
    with pytest.raises(ValueError, match="groups.1: sums must stay below 2[*][*]31, not reach"):
        ChannelGroups((MODEL.groups[0], changed))


def test_missing_arrays_and_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "entropy.npz"
    with pytest.raises(ValueError, match="No such file"):
        ChannelGroups.load(path)
    for name in ["format", "channels", "groups.0.own", "groups.1.laws", "groups.1.law_bias"]:
        write_arrays(path, {key: value for key, value in MODEL.arrays().items() if key != name})
        with pytest.raises(ValueError, match=f"must have an array '{name}'"):
            ChannelGroups.load(path)
    write_arrays(path, MODEL.arrays() | {"channels": np.array([7], np.int32)})
    with pytest.raises(ValueError, match=r"must have groups of \[7\] channels, not of 6"):
        ChannelGroups.load(path)
    write_arrays(path, {"format": MODEL.arrays()["format"]})
    with pytest.raises(ValueError, match="there must be at least 1 group, not 0"):
        ChannelGroups.load(path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "entropy.npz"
    MODEL.save(path)
    data = path.read_bytes()
    for length in [0, 3, *range(10, len(data), 997)]:
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match="is not an archive of arrays"):
            ChannelGroups.load(path)
    rng = np.random.default_rng(0)
    for _ in range(80):
        damaged = bytearray(data)
        damaged[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            assert ChannelGroups.load(path).digest() == MODEL.digest()
        except ValueError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("{'descr': '|i1', 'fortran_order': False, 'shape': (9999999999,), }", "must have 8 bytes as its shape"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "must be an array of integers"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "must be an array of integers"),
        ("{'descr': '|i1', 'fortran_order': False, 'shape': (-8,), }", "must be an array of integers"),
        ("{'descr': '|i1', ", "format.npy must be an array of integers"),
    ],
)
def test_headers_that_lie_are_refused_before_memory_is_taken(header: str, words: str, tmp_path: Path) -> None:
    path, text = tmp_path / "entropy.npz", header.ljust(117) + "\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("format.npy", b"\x93NUMPY\x01\x00v\x00" + text.encode() + bytes(8))
    with pytest.raises(ValueError, match=words) as caught:
        ChannelGroups.load(path)
    assert "\n" not in str(caught.value)


def test_archives_that_unpack_to_too_much_are_refused(tmp_path: Path) -> None:
    path, source = tmp_path / "entropy.npz", io.BytesIO()
    np.save(source, np.zeros(LARGEST_ARCHIVE, np.int8))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("format.npy", source.getvalue())
    with pytest.raises(ValueError, match=f"must be an archive of at most {LARGEST_ARCHIVE} bytes, not"):
        ChannelGroups.load(path)
