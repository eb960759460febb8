"""Photographs and crops: corrupt ones are counted, batches depend on seed and step alone."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from deep_pictures import deep_png
from host import read_picture
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
        assert sorted(found.skipped) == ["text.jpg", "torn.png"]
        assert "2 unreadable skipped" in found.summary() and "1 too small" in found.summary()
        assert len(read_photographs(source, 32, limit=2).pictures) == 2


def test_corrupt_pictures_are_never_skipped_silently(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(load_photographs(folder, 32)) == 3
    said = capsys.readouterr().err
    assert "2 unreadable skipped" in said and "text.jpg: is not a picture" in said


def test_pictures_of_all_kinds_are_read_as_the_codec_reads_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "a_grey16.png").write_bytes(deep_png(rng.integers(0, 65536, (20, 20, 1), np.uint16)))
    (tmp_path / "b_rgba16.png").write_bytes(deep_png(rng.integers(0, 65536, (20, 20, 4), np.uint16)))
    Image.fromarray(rng.integers(0, 256, (20, 20, 4), np.uint8)).save(tmp_path / "c_rgba.png")
    Image.fromarray(rng.integers(0, 256, (20, 20), np.uint8)).convert("P").save(tmp_path / "d.GIF")
    Image.fromarray(rng.integers(0, 256, (20, 20, 3), np.uint8)).save(tmp_path / "e.ppm")
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(rng.integers(0, 256, (16, 20, 3), np.uint8)).save(tmp_path / "f.jpg", exif=exif)
    Image.fromarray(np.ones((20, 20), np.float32)).save(tmp_path / "g_real.tiff")
    frames = [Image.fromarray(np.full((20, 20, 3), value, np.uint8)) for value in (0, 100)]
    frames[0].save(tmp_path / "h_moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    found = read_photographs(tmp_path, 16)
    paths = sorted(tmp_path.iterdir())
    for picture, path in zip(found.pictures, paths[:6], strict=True):
        np.testing.assert_array_equal(picture.transpose(2, 0, 1), read_picture(path))
    assert list(found.skipped) == ["g_real.tiff", "h_moving.webp"]
    assert "not mode F" in found.skipped["g_real.tiff"] and "animation" in found.skipped["h_moving.webp"]


def test_odd_entries_of_a_folder_are_counted(folder: Path) -> None:
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "linked.png").symlink_to(folder / "0.png")
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "inside.png").write_bytes(png(7))
    os.mkfifo(folder / "pipe.png")
    with (folder / "endless.png").open("wb") as stream:
        stream.truncate(2**40)  # sparse
    (folder / "empty.png").touch()
    (folder / "line\nfeed\x1b[2J.png").write_bytes(b"none")
    found = read_photographs(folder, 32)
    assert len(found.pictures) == 5
    odd = {"dangling.png", "loop.png", "folder.jpg", "pipe.png", "endless.png", "empty.png", "line\nfeed\x1b[2J.png"}
    assert set(found.skipped) == {"text.jpg", "torn.png"} | odd
    assert "is a dangling link" in found.skipped["dangling.png"]
    assert "is no regular file" in found.skipped["folder.jpg"] and "is no regular file" in found.skipped["pipe.png"]
    assert "must have at most 268435456 bytes" in found.skipped["endless.png"]
    assert found.summary().isprintable() and "9 unreadable skipped" in found.summary()


def test_odd_members_of_a_tar_are_counted(tmp_path: Path) -> None:
    kinds = {
        "folder.png": tarfile.DIRTYPE,
        "pipe.png": tarfile.FIFOTYPE,
        "device.png": tarfile.CHRTYPE,
        "dangling.png": tarfile.SYMTYPE,
        "hard.png": tarfile.LNKTYPE,
    }
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        for name, kind in kinds.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "nowhere.png"
            archive.addfile(member)
        for name in ("a.png", "../b.png", "/c.png"):
            member = tarfile.TarInfo(name)
            member.size = len(png(1))
            archive.addfile(member, io.BytesIO(png(1)))
    found = read_photographs(tmp_path / "set.tar", 32)
    assert len(found.pictures) == 3 and set(found.skipped) == set(kinds)


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
def test_torn_archives_are_refused(kind: str, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "set.tar", f"w:{kind}") as archive:
        for index in range(4):
            member = tarfile.TarInfo(f"{index}.png")
            member.size = len(png(index))
            archive.addfile(member, io.BytesIO(png(index)))
    data = (tmp_path / "set.tar").read_bytes()
    damaged = bytearray(data)
    damaged[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    for content in [data[: len(data) // 2], *([bytes(damaged)] if kind in ("bz2", "xz") else [])]:
        (tmp_path / "set.tar").write_bytes(content)
        with pytest.raises((ValueError, OSError)) as caught:
            read_photographs(tmp_path / "set.tar", 32)
        assert "set.tar' must be a folder or a tar of photographs" in str(caught.value)


def test_sources_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    with pytest.raises(ValueError, match="pipe.tar' must be a folder or a tar of photographs, and is no regular file"):
        read_photographs(tmp_path / "pipe.tar")


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
    seen = {random_crop(picture, Augmentation(16, 1.0, 1.0), generator).tobytes() for _ in range(200)}
    assert len(seen) == 8


def test_rescaled_crops_have_the_same_side_and_mean() -> None:
    picture = np.full((64, 64, 3), 77, dtype=np.uint8)
    generator = np.random.default_rng(0)
    for _ in range(20):
        crop = random_crop(picture, Augmentation(32, 0.5, 2.0), generator)
        assert crop.shape == (32, 32, 3) and (crop == 77).all()


def slope_of(scales: tuple[float, float]) -> list[int]:
    """How steep crops of a ramp of 2 a pixel are at their middle, without those that are turned or keep their size."""
    ramp = np.broadcast_to(2 * np.arange(96, dtype=np.uint8)[None, :, None], (96, 96, 3))
    generator = np.random.default_rng(0)
    crops = [random_crop(ramp, Augmentation(32, *scales), generator).astype(int) for _ in range(60)]
    steps = [abs(int(crop[16, 24, 0] - crop[16, 8, 0])) for crop in crops]
    return [step for step in steps if step not in (0, 32)]


def test_crops_shrink_and_grow_between_both_scales() -> None:
    small, large, both = slope_of((0.5, 1.0)), slope_of((1.0, 2.0)), slope_of((0.5, 2.0))
    assert min(small) > 32 and max(small) > 50 and max(small) <= 65
    assert max(large) < 32 and min(large) < 20 and min(large) >= 15
    assert min(both) < 20 and max(both) > 50


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
    with pytest.raises(ValueError, match="largest_scale must be between 1 and 8, not 0.5"):
        Augmentation(16, largest_scale=0.5)
