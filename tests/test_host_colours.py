"""Colour profiles become sRGB and are said, EXIF data that are damaged cost no picture, phones' formats are read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from colour_spaces import SAMPLES, SMOOTH, as_srgb, png_with, profile, said
from host import PictureError, read_picture


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp", "jpg"])
def test_profiles_become_srgb_and_are_said(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    lossy = {"quality": 100, "subsampling": 0} if suffix == "jpg" else {"lossless": True}
    Image.fromarray(SMOOTH).save(path, icc_profile=profile("P3", 1.8, name="A camera's"), **lossy)
    found, notes = said(path)
    assert notes == ["colours were converted from A camera's to sRGB"]
    wanted = as_srgb(SMOOTH, "P3", 1.8)
    assert np.abs(wanted - SMOOTH).max() > 20
    assert np.abs(found - wanted).max() <= (8 if suffix == "jpg" else 3)


def test_profiles_that_mean_srgb_change_nothing(tmp_path: Path) -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(SAMPLES).save(tmp_path / "a.png", icc_profile=own)
    found, notes = said(tmp_path / "a.png")
    assert notes == [] and np.array_equal(found, SAMPLES)


def test_grey_palettes_and_transparency_keep_their_profiles(tmp_path: Path) -> None:
    grey = Image.fromarray(SMOOTH[..., 0])
    grey.save(tmp_path / "grey.png", icc_profile=profile("sRGB", 1.6, b"GRAY", "bright"))
    found, notes = said(tmp_path / "grey.png")
    assert notes == ["colours were converted from bright to sRGB"]
    assert np.abs(found - as_srgb(np.asarray(grey)[..., None].repeat(3, -1), "sRGB", 1.6)).max() <= 3
    for image in (Image.fromarray(SMOOTH).quantize(16), Image.fromarray(SMOOTH).convert("RGBA")):
        image.save(tmp_path / "other.png", icc_profile=profile("P3", 1.8))
        found, notes = said(tmp_path / "other.png")
        assert len(notes) == 1 and notes[0].startswith("colours were converted from P3")
        assert np.abs(found - as_srgb(np.asarray(image.convert("RGB")), "P3", 1.8)).max() <= 3
    clear = Image.fromarray(np.dstack([SMOOTH, np.zeros(SMOOTH.shape[:2], np.uint8)]))
    clear.save(tmp_path / "clear.png", icc_profile=profile("P3", 1.8))
    assert said(tmp_path / "clear.png")[0].min() == 255


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"no profile", "its colour profile is damaged, and was left out"),
        (profile("P3")[:200], "its colour profile is damaged, and was left out"),
        (profile("P3", kind=b"GRAY"), "its colour profile (P3) is of another kind than its samples, and was left out"),
        (profile("P3", name="\x1b[31mred\n"), "colours were converted from [31mred to sRGB"),
    ],
)
def test_odd_profiles_are_said(content: bytes, note: str, tmp_path: Path) -> None:
    Image.fromarray(SAMPLES).save(tmp_path / "a.png", icc_profile=content)
    found, notes = said(tmp_path / "a.png")
    assert notes == [note]
    assert "left out" not in note or np.array_equal(found, SAMPLES)


GAMMA, PLACES = b"gAMA", b"cHRM"


@pytest.mark.parametrize(
    ("chunks", "note", "space", "gamma"),
    [
        ([(GAMMA, 100000)], "gamma 1", "sRGB", 1.0),
        (
            [(GAMMA, 55556), (PLACES, 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)],
            "gamma 1.8 and primaries of its own",
            "P3",
            1.8,
        ),
        ([(GAMMA, 45455)], "", "", 0),
        ([(b"sRGB",), (GAMMA, 100000)], "", "", 0),
        ([(GAMMA, 100000), (PLACES, *[0] * 8)], "gamma 1", "sRGB", 1.0),
    ],
)
def test_a_gamma_is_applied_and_said(chunks: list[tuple], note: str, space: str, gamma: float, tmp_path: Path) -> None:
    bodies = [(name, b"".join(struct.pack(">I", number) for number in numbers) or b"\0") for name, *numbers in chunks]
    (tmp_path / "a.png").write_bytes(png_with(*bodies))
    found, notes = said(tmp_path / "a.png")
    assert notes == ([f"colours were converted from {note} to sRGB"] if note else [])
    assert np.abs(found - (as_srgb(SAMPLES, space, gamma) if note else SAMPLES)).max() <= (3 if note else 0)


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_formats_of_phones(suffix: str, tmp_path: Path) -> None:
    if suffix == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    elif not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    image = Image.fromarray(SMOOTH)
    turned = image.copy()
    turned.getexif()[0x0112] = 6
    image.save(tmp_path / f"a.{suffix}", quality=95)
    # HEIC has a turn of its own, which pillow-heif writes from the EXIF data where it is not given them
    marks = {"exif": turned.getexif()} if suffix == "avif" else {}
    turned.save(tmp_path / f"turned.{suffix}", quality=95, **marks)
    image.save(tmp_path / f"p3.{suffix}", quality=95, icc_profile=profile("P3", 1.8))
    assert np.abs(said(tmp_path / f"a.{suffix}")[0] - SMOOTH.astype(int)).mean() < 4
    assert said(tmp_path / f"turned.{suffix}")[0].shape == (40, 24, 3)
    assert said(tmp_path / f"p3.{suffix}")[1] == ["colours were converted from P3 to sRGB"]
    (tmp_path / f"cut.{suffix}").write_bytes((tmp_path / f"a.{suffix}").read_bytes()[:200])
    with pytest.raises(PictureError, match=r"cut.*(truncated or damaged|is not a picture)"):
        read_picture(tmp_path / f"cut.{suffix}")
