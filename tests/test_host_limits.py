"""What no picture may take: pages, pixels, endless files, odd arrays; and EXIF data that are damaged."""

from __future__ import annotations

import io
import os
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colour_spaces import SAMPLES, SMOOTH, said
from host import PictureError, read_picture, write_picture
from host.limits import MAX_PIXELS, allowed_pixels
from host.pictures import check_samples, pad_to_multiple

SHARED = Path(__file__).parents[2] / "shared" / "cases"

DAMAGED_EXIF = {
    "not TIFF": b"garbage!" * 4,
    "cut off": b"II*\0\x08\0\0\0\x05\0\x12\x01",
    "directory nowhere": b"II*\0\xff\xff\xff\x7f",
    "empty": b"",
}


@pytest.mark.parametrize("label", DAMAGED_EXIF)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_damaged_exif_data_cost_no_picture(suffix: str, label: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(SMOOTH).save(path, exif=b"Exif\0\0" + DAMAGED_EXIF[label])
    found, notes = said(path)
    assert found.shape == SMOOTH.shape
    assert set(notes) <= {"its EXIF data are damaged, and were left out"}
    assert notes or label != "not TIFF"


def test_a_picture_with_damaged_exif_data_that_was_refused() -> None:
    if not SHARED.exists():
        pytest.skip("the shared cases are not here")
    found, notes = said(SHARED / "x_not_tiff.png")
    assert found.shape == (24, 40, 3) and notes == ["its EXIF data are damaged, and were left out"]


def tiff_of_pages(count: int) -> bytes:
    """Pages of one pixel that share their samples."""
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(278, 3, 1, 1), (279, 4, 1, 1)]
    size = 2 + 12 * len(tags) + 4
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    pages = [page + struct.pack("<I", 8 + (i + 1) * size if i < count - 1 else 0) for i in range(count)]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(pages)


def gif_of_frames(count: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("P", (1, 1)).save(buffer, "GIF")
    data = buffer.getvalue()
    start = data.index(b",", 13)
    return data[:start] + data[start:-1] * count + data[-1:]


@pytest.mark.parametrize(("make", "suffix"), [(tiff_of_pages, "tif"), (gif_of_frames, "gif")])
def test_pages_are_not_counted_one_by_one(make, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(make(1))
    assert read_picture(path).shape == (3, 1, 1)
    for count, text in ((2, "2"), (100, "100"), (20_000, "more than 100|several")):
        path.write_bytes(make(count))
        start = time.process_time()
        with pytest.raises(PictureError, match=f"not an animation of ({text}) frames"):
            read_picture(path)
        assert time.process_time() - start < 1


def test_pixels_are_limited_before_they_are_read(tmp_path: Path) -> None:
    write_picture(SAMPLES.transpose(2, 0, 1), tmp_path / "a.png")
    with allowed_pixels(34), pytest.raises(PictureError, match="at most 34 pixels, not 7x5 = 35"):
        read_picture(tmp_path / "a.png")
    with allowed_pixels(35):
        assert read_picture(tmp_path / "a.png").shape == (3, 5, 7)
    with pytest.raises(ValueError, match=r"must be in \[1, 4294836225\], not 0"), allowed_pixels(0):
        pass
    if SHARED.exists():
        with pytest.raises(PictureError, match=f"at most {MAX_PIXELS} pixels, not 11585x11585"):
            read_picture(SHARED / "picture-16-kB-of-134-megapixels.png")


@pytest.mark.parametrize("name", ["pipe", "zero"])
def test_only_regular_files_are_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(PictureError, match=f"{name}: must be a regular file"):
        read_picture(tmp_path / name)


@pytest.mark.parametrize(
    "wrong", [SAMPLES.transpose(2, 0, 1) / 255, SAMPLES.transpose(2, 0, 1).astype(np.int64), SAMPLES, SAMPLES[0], [[1]]]
)
def test_other_arrays_are_no_pictures(wrong) -> None:
    for refuses in (check_samples, lambda array: pad_to_multiple(array, 2)):
        with pytest.raises(PictureError, match=r"a picture must be uint8 of shape \(3, height, width\), not "):
            refuses(wrong)
