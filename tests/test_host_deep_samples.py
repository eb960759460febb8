"""16 bits a sample are rounded to the nearest of 8, grey and colour alike; other depths are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deep_pictures import deep_png, tiff
from host import PictureError, read_picture

SHARED = Path(__file__).parents[1] / ".." / "shared" / "cases"


def deep(channels: int, height: int = 64, width: int = 96) -> np.ndarray:
    """Every kind of pair of bytes, both ends included."""
    samples = np.random.default_rng(channels).integers(0, 65536, (height, width, channels), np.uint16)
    samples[0, :6] = np.array([0, 128, 129, 65406, 65407, 65535], np.uint16)[:, None]
    return samples


def rounded(samples: np.ndarray) -> np.ndarray:
    """To 8 bits, (3, height, width), over white."""
    nearest = np.rint(samples / 257)
    colours, alpha = (nearest[..., :-1], nearest[..., -1:]) if samples.shape[-1] % 2 == 0 else (nearest, 255.0)
    flat = np.broadcast_to(colours * (alpha / 255) + 255 * (1 - np.asarray(alpha) / 255), (*samples.shape[:2], 3))
    return flat.transpose(2, 0, 1)


def read(data: bytes, path: Path) -> np.ndarray:
    path.write_bytes(data)
    return read_picture(path).astype(np.float64)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png(channels: int, tmp_path: Path) -> None:
    samples = deep(channels)
    difference = np.abs(read(deep_png(samples), tmp_path / "a.png") - rounded(samples))
    assert difference.max() <= (0 if channels % 2 else 1)  # Pillow lays 8-bit alpha over white in integers


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_sixteen_bits(channels: int, tmp_path: Path) -> None:
    samples = deep(channels)
    samples[5:9, 7:30] = samples[5, 7]
    samples[20] = samples[5, 7] ^ 1  # one level of 65,536 away: not transparent
    picture = read(deep_png(samples, tuple(samples[5, 7].tolist())), tmp_path / "a.png")
    expected = rounded(samples).copy()
    expected[:, 5:9, 7:30] = 255
    np.testing.assert_array_equal(picture, expected)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff(order: str, is_packed: bool, channels: int, tmp_path: Path) -> None:
    samples = deep(channels)
    data = tiff(samples, 1 if channels == 1 else 2, order, is_packed)
    difference = np.abs(read(data, tmp_path / "a.tiff") - rounded(samples))
    assert difference.max() <= (channels == 4)


def test_a_tiff_whose_white_is_zero(tmp_path: Path) -> None:
    samples = deep(1)
    np.testing.assert_array_equal(read(tiff(samples, 0), tmp_path / "a.tiff"), rounded(65535 - samples))


@pytest.mark.parametrize("channels", [1, 3])
def test_orientation_stays(channels: int, tmp_path: Path) -> None:
    samples = deep(channels)
    turned = np.rot90(rounded(samples), -1, (1, 2))
    for data in (tiff(samples, 1 if channels == 1 else 2, orientation=6), deep_png(samples, orientation=6)):
        np.testing.assert_array_equal(read(data, tmp_path / "a"), turned)


def test_pgm_and_ppm(tmp_path: Path) -> None:
    for head, channels in ((b"P5", 1), (b"P6", 3)):
        for most in (65535, 1023):
            samples = (deep(channels).astype(int) % (most + 1)).astype(np.uint16)
            data = head + b" 96 64 %d " % most + samples.astype(">u2").tobytes()
            expected = np.broadcast_to(np.rint(samples * (255 / most)), (64, 96, 3)).transpose(2, 0, 1)
            np.testing.assert_array_equal(read(data, tmp_path / "a.ppm"), expected)


def test_other_layouts_are_refused(tmp_path: Path) -> None:
    samples = deep(3)
    files = {
        "planar": tiff(samples, 2, is_planar=True),
        "packed_planar": tiff(samples[..., :1].repeat(3, -1), 2, "<", True, True),
        "cmyk": tiff(deep(4), 5),
        "signed": tiff(deep(1).astype(np.int16), 1),
        "real": tiff(np.ones((3, 4, 1), np.float32), 1),
        "whole": tiff(np.ones((3, 4, 1), np.int32), 1),
    }
    for name, data in files.items():
        (tmp_path / f"{name}.tiff").write_bytes(data)
        with pytest.raises(PictureError) as caught:
            read_picture(tmp_path / f"{name}.tiff")
        message = str(caught.value)
        assert "samples must have 8 bits, or 16 of grey or RGB, not mode" in message or "is not a picture" in message
        assert "\n" not in message


def test_packed_bitmaps_of_sixteen_bits_a_pixel_are_no_deep_ones(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), (255, 0, 255)).save(tmp_path / "a.bmp")
    data = bytearray((tmp_path / "a.bmp").read_bytes())
    data[28:30] = (16).to_bytes(2, "little")
    data[54:] = b"\x1f\x7c" * 8  # red and blue of 5-5-5
    np.testing.assert_array_equal(read(bytes(data), tmp_path / "a.bmp")[:, 0, 0], (255, 0, 255))


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/cases")
def test_a_grey_picture_of_sixteen_bits_is_not_white() -> None:
    with Image.open(SHARED / "grey16.png") as image:
        samples = np.asarray(image).astype(np.float64)
    picture = read_picture(SHARED / "grey16.png")
    np.testing.assert_array_equal(picture, np.stack([np.rint(samples / 257)] * 3))
    assert picture.min() == 0 and picture.max() == 255 and 100 < picture.mean() < 155


def test_a_grey_png_of_sixteen_bits_is_rounded(tmp_path: Path) -> None:
    samples = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(samples).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "grey.png"), np.stack([np.rint(samples / 257)] * 3))
