"""Pictures of all kinds are read as 8-bit RGB; what is no such picture is refused in one line."""

from __future__ import annotations

import io
from math import inf, log10
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from host import PictureError, psnr, read_picture, write_picture
from host.pictures import crop, pad_to_multiple

SAMPLES = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def refused(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ") and "\n" not in message
    return message


def rgb(array: np.ndarray) -> list[object]:
    return array.transpose(1, 2, 0).tolist()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "webp"])
def test_lossless_formats(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{suffix}"
    Image.fromarray(SAMPLES).save(path, **({"lossless": True} if suffix == "webp" else {}))
    picture = read_picture(path)
    assert picture.dtype == np.uint8 and picture.shape == (3, 5, 7) and picture.flags["C_CONTIGUOUS"]
    assert rgb(picture) == SAMPLES.tolist()


def test_jpeg_is_close(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    Image.fromarray(np.stack([smooth] * 3, -1)).save(tmp_path / "a.jpg", quality=95)
    assert psnr(read_picture(tmp_path / "a.jpg"), np.stack([smooth] * 3)) > 40


def test_grey_and_bilevel_become_three_equal_channels(tmp_path: Path) -> None:
    Image.fromarray(SAMPLES[..., 0]).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "grey.png"), np.stack([SAMPLES[..., 0]] * 3))
    Image.fromarray(SAMPLES[..., 0] > 99).save(tmp_path / "bilevel.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "bilevel.png")[1], (SAMPLES[..., 0] > 99) * np.uint8(255))


def test_palette_becomes_its_colours(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), mode="P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    for suffix in ("png", "gif"):
        image.save(tmp_path / f"p.{suffix}")
        assert rgb(read_picture(tmp_path / f"p.{suffix}")) == [
            [[10, 20, 30], [40, 50, 60]],
            [[70, 80, 90], [40, 50, 60]],
        ]


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "rgba.png")
    assert rgb(read_picture(tmp_path / "rgba.png")) == [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]
    Image.fromarray(pixels[..., 2:]).save(tmp_path / "la.png")
    assert rgb(read_picture(tmp_path / "la.png")) == [[[30, 30, 30], [255, 255, 255], [204, 204, 204]]]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    palette.putpalette([1, 2, 3, 4, 5, 6])
    palette.save(tmp_path / "p.png", transparency=1)
    assert rgb(read_picture(tmp_path / "p.png")) == [[[1, 2, 3], [255, 255, 255]]]


def test_exif_orientation_turns_the_picture_upright(tmp_path: Path) -> None:
    image = Image.fromarray(SAMPLES)
    exif = image.getexif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    image.save(tmp_path / "turned.png", exif=exif)
    assert rgb(read_picture(tmp_path / "turned.png")) == np.rot90(SAMPLES, -1).tolist()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5000), (5000, 3)])
def test_odd_sizes(height: int, width: int, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (3, height, width), np.uint8)
    write_picture(picture, tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), picture)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_missing_empty_and_foreign_files_are_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nowhere.png")
    assert "Is a directory" in refused(tmp_path)
    (tmp_path / "empty.png").write_bytes(b"")
    assert "the file is empty" in refused(tmp_path / "empty.png")
    (tmp_path / "note.png").write_bytes(b"not a picture at all")
    assert "is not a picture in one of the formats PNG, JPEG" in refused(tmp_path / "note.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8, 0.95])
def test_truncated_pictures_are_refused(suffix: str, share: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (40, 60, 3), np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(noise)
    image.save(buffer, {"jpg": "JPEG"}.get(suffix, suffix.upper()))
    data = buffer.getvalue()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data[: int(share * len(data))])
    message = refused(path)
    assert "truncated or damaged" in message or "is not a picture" in message


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
def test_damaged_pictures_are_read_or_refused(suffix: str, tmp_path: Path) -> None:
    """Some damage cannot be seen; what can is reported as a PictureError, not as what the decoder raises."""
    rng = np.random.default_rng(3)
    path = tmp_path / f"damaged.{suffix}"
    frames = [Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8)) for _ in range(2)]
    frames[0].save(path, **({"save_all": True, "append_images": frames[1:]} if suffix in ("gif", "tiff") else {}))
    data = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(150):
        damaged = data.copy()
        damaged[rng.integers(0, min(len(data), 90), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged.tobytes())
        try:
            assert read_picture(path).shape[0] == 3
        except PictureError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tiff"])
def test_animations_are_refused(suffix: str, tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((4, 4, 3), value, np.uint8)) for value in (0, 100, 200)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    assert "must be a single picture, not an animation of 3 frames" in refused(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize(("width", "height"), [(65536, 1), (20000, 20000), (16000, 16000), (8192, 8193)])
def test_pictures_that_claim_to_be_huge_are_refused(width: int, height: int, tmp_path: Path) -> None:
    Image.new("L", (1, 1)).save(tmp_path / "huge.bmp")
    data = bytearray((tmp_path / "huge.bmp").read_bytes())
    data[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    (tmp_path / "huge.bmp").write_bytes(bytes(data))
    message = refused(tmp_path / "huge.bmp")
    assert "67108864" in message or "1 to 65535 pixels, not 65536x1" in message


def test_writing_refuses_other_arrays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be uint8 of shape \(3, height, width\), not int64 \(3, 2, 2\)"):
        write_picture(np.zeros((3, 2, 2), np.int64), tmp_path / "a.png")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_padding_repeats_the_edge_and_crop_undoes_it() -> None:
    picture = SAMPLES.transpose(2, 0, 1)
    padded = pad_to_multiple(picture, 4)
    assert padded.shape == (3, 8, 8)
    np.testing.assert_array_equal(crop(padded, 5, 7), picture)
    np.testing.assert_array_equal(padded[:, 5:, :7], np.repeat(picture[:, -1:], 3, axis=1))
    np.testing.assert_array_equal(padded[:, :, 7], padded[:, :, 6])
    assert pad_to_multiple(padded, 4).shape == (3, 8, 8)


def test_psnr() -> None:
    picture = SAMPLES.transpose(2, 0, 1)
    assert psnr(picture, picture) == inf
    assert psnr(np.zeros((3, 2, 2), np.uint8), np.full((3, 2, 2), 255, np.uint8)) == 0
    assert psnr(picture, picture ^ 1) == pytest.approx(20 * log10(255))
    with pytest.raises(ValueError, match="pictures must have one shape"):
        psnr(picture, picture[:, 1:])
