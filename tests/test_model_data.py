"""Photographs and crops: corrupt ones are counted, batches depend on seed and step alone."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from model.crops import Augmentation, Batches, random_crop
from model.data import load_photographs, read_photographs


def png(seed: int, height: int = 40, width: int = 48) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def contents() -> dict[str, bytes]:
    good = {f"{i}.png": png(i) for i in range(3)}
    return {**good, "small.png": png(9, 8, 64), "torn.png": png(4)[:900], "text.jpg": b"no picture", "note.txt": b""}


@pytest.fixture
def folder(tmp_path: Path, contents: dict[str, bytes]) -> Path:
    (tmp_path / "set" / "deep").mkdir(parents=True)
    for name, data in contents.items():
        (tmp_path / "set" / ("deep" if name == "2.png" else "") / name).write_bytes(data)
    return tmp_path / "set"


def test_a_folder_and_a_tar_hold_the_same(folder: Path, tmp_path: Path, contents: dict[str, bytes]) -> None:
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        for name, data in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    for source in (folder, tmp_path / "set.tar"):
        found = read_photographs(source, crop=32)
        assert len(found.pictures) == 3 and found.small == 1
        assert sorted(found.corrupt) == ["text.jpg", "torn.png"]
        assert "2 corrupt skipped" in found.summary() and "1 too small" in found.summary()
        assert len(read_photographs(source, 32, limit=2).pictures) == 2


def test_corrupt_pictures_are_never_skipped_silently(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(load_photographs(folder, 32)) == 3
    assert "2 corrupt skipped" in capsys.readouterr().err


def test_sources_without_pictures_say_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must hold pictures of at least 128x128, found none"):
        read_photographs(tmp_path)
    with pytest.raises(FileNotFoundError, match="must be a folder or a tar"):
        read_photographs(tmp_path / "missing")
    (tmp_path / "text.tar").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"text\.tar' must be a folder or a tar"):
        read_photographs(tmp_path / "text.tar")


def test_every_turn_and_flip_of_a_crop_comes() -> None:
    picture = np.arange(16 * 16 * 3, dtype=np.uint16).astype(np.uint8).reshape(16, 16, 3)
    generator = np.random.default_rng(0)
    seen = {random_crop(picture, Augmentation(16, 1.0), generator).tobytes() for _ in range(200)}
    assert len(seen) == 8


def test_shrunk_crops_have_the_same_side_and_mean() -> None:
    picture = np.full((64, 64, 3), 77, dtype=np.uint8)
    generator = np.random.default_rng(0)
    for _ in range(20):
        crop = random_crop(picture, Augmentation(32, 0.5), generator)
        assert crop.shape == (32, 32, 3) and (crop == 77).all()


def test_batches_depend_on_seed_and_step_alone() -> None:
    pictures = [np.random.default_rng(i).integers(0, 256, (40, 40, 3), dtype=np.uint8) for i in range(5)]
    batches = Batches(pictures, 4, Augmentation(16), seed=3)
    stream = batches.stream()
    first = [next(stream) for _ in range(6)]
    later = Batches(pictures, 4, Augmentation(16), seed=3).stream(start=4)
    assert torch.equal(next(later), first[4]) and torch.equal(next(later), first[5])
    assert first[0].dtype == torch.uint8 and first[0].shape == (4, 3, 16, 16)
    assert not torch.equal(Batches(pictures, 4, Augmentation(16), seed=4).at(0), first[0])


def test_every_pass_visits_every_picture_once() -> None:
    pictures = [np.full((16, 16, 3), i, dtype=np.uint8) for i in range(6)]
    batches = Batches(pictures, 3, Augmentation(16), seed=0, synthetic_share=0)
    laps = [[int(v) for step in (2 * lap, 2 * lap + 1) for v in batches.at(step)[:, 0, 0, 0]] for lap in range(3)]
    assert all(sorted(lap) == list(range(6)) for lap in laps)
    assert laps[0] != laps[1]


def test_some_crops_are_drawn_and_leave_the_others_as_they_are() -> None:
    pictures = [np.random.default_rng(i).integers(0, 256, (40, 40, 3), dtype=np.uint8) for i in range(5)]
    cut = Batches(pictures, 4, Augmentation(16), seed=3, synthetic_share=0)
    mixed = Batches(pictures, 4, Augmentation(16), seed=3)
    places = []
    for step in range(250):
        differ = (cut.at(step) != mixed.at(step)).flatten(1).any(1)
        places += differ.nonzero().flatten().tolist()
    assert 30 < len(places) < 70  # 5 % of 1,000
    assert min(places.count(place) for place in range(4)) > 2
    resumed = Batches(pictures, 4, Augmentation(16), seed=3).stream(start=9)
    assert all(torch.equal(next(resumed), mixed.at(step)) for step in range(9, 30))
    drawn = Batches(pictures, 4, Augmentation(16), seed=3, synthetic_share=1).at(0)
    assert torch.equal(drawn, Batches(pictures[:1], 4, Augmentation(16), seed=3, synthetic_share=1).at(0))


def test_wrong_batches_and_crops_are_refused() -> None:
    pictures = [np.zeros((20, 30, 3), dtype=np.uint8)]
    with pytest.raises(ValueError, match="batch must be a positive multiple of the 1 processes, not 0"):
        Batches(pictures, 0, Augmentation(16), 0)
    with pytest.raises(ValueError, match="crop must be at most the smallest side 20 of the set, not 32"):
        Batches(pictures, 1, Augmentation(32), 0)
    with pytest.raises(ValueError, match="synthetic_share must be between 0 and 1, not 1.5"):
        Batches(pictures, 1, Augmentation(16), 0, synthetic_share=1.5)
    with pytest.raises(ValueError, match="smallest_scale must be between"):
        Augmentation(16, 2.0)
