"""Colour profiles become sRGB and are said, EXIF data that are damaged cost no picture, phones' formats are read."""

from __future__ import annotations

import io
import os
import struct
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from host import PictureError, read_picture, write_picture
from host.limits import MAX_PIXELS, allowed_pixels
from host.pictures import PictureWarning, check_samples, pad_to_multiple

SHARED = Path(__file__).parents[2] / "shared" / "cases"
SAMPLES = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
SMOOTH = np.stack(np.meshgrid(np.arange(0, 160, 4), np.arange(0, 96, 4), 80), -1).reshape(24, 40, 3).astype(np.uint8)

PRIMARIES = {
    "sRGB": ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)),
    "P3": ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    "2020": ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
}
D65 = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1, (1 - x - y) / y])


def matrix(space: str) -> np.ndarray:
    """Linear RGB to XYZ (D65)."""
    columns = np.stack([xyz(*point) for point in PRIMARIES[space]], 1)
    scaled: np.ndarray = columns * np.linalg.solve(columns, xyz(*D65))
    return scaled


def profile(space: str, gamma: float = 2.2, kind: bytes = b"RGB ", name: str = "") -> bytes:
    """An ICC profile (version 2) of primaries and a gamma, as cameras and monitors have."""
    white = np.array([0.9642, 1.0, 0.8249])
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ white / (BRADFORD @ xyz(*D65))) @ BRADFORD
    columns = (adapt @ matrix(space)).T

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    text = (name or space).encode() + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)}
    tags[b"cprt"] = b"text\0\0\0\0none\0"
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + fixed(*white)
    if kind == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, column in zip(b"rgb", columns, strict=True):
            tags[bytes([letter]) + b"XYZ"] = b"XYZ \0\0\0\0" + fixed(*column)
            tags[bytes([letter]) + b"TRC"] = curve
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", 0, b"none", 0x02400000, b"mntr", kind, b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + fixed(*white) + bytes(48)
    whole = head + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def as_srgb(samples: np.ndarray, space: str, gamma: float) -> np.ndarray:
    """What colours of a space are in sRGB, from the definitions; a gamma of 0 is the curve of sRGB."""
    x = samples / 255
    light = x**gamma if gamma else np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    linear = light @ (np.linalg.inv(matrix("sRGB")) @ matrix(space)).T
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def said(path: Path) -> tuple[np.ndarray, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        picture = read_picture(path)
    assert all(issubclass(warning.category, PictureWarning) for warning in caught)
    assert all(str(warning.message).startswith(f"{path.name}: ") for warning in caught)
    return picture.transpose(1, 2, 0), [str(warning.message).removeprefix(f"{path.name}: ") for warning in caught]


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


def png_with(*chunks: tuple[bytes, bytes], samples: np.ndarray = SAMPLES) -> bytes:
    """A PNG with more chunks behind its header."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(buffer, "PNG")
    data = buffer.getvalue()
    extra = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return data[:33] + extra + data[33:]


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


def named_by_numbers(path: Path, primaries: int, transfer: int) -> None:
    """A picture of SMOOTH with nclx (HEIC and AVIF) or cICP (PNG)."""
    if path.suffix == ".png":
        path.write_bytes(png_with((b"cICP", bytes([primaries, transfer, 0, 1])), samples=SMOOTH))
        return
    if path.suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    pytest.importorskip("pillow_heif").register_heif_opener()
    Image.fromarray(SMOOTH).save(path, quality=98, **({"chroma": 444} if path.suffix == ".heic" else {}))
    data = path.read_bytes()
    place = data.index(b"colrnclx") + 8
    path.write_bytes(data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :])


@pytest.mark.parametrize(
    ("primaries", "transfer", "named", "space", "gamma"),
    [
        (12, 4, "Display P3, gamma 2.2", "P3", 2.2),
        (1, 8, "BT.709, linear", "sRGB", 1.0),
        (9, 4, "BT.2020, gamma 2.2", "2020", 2.2),
        (12, 2, "Display P3, sRGB", "P3", 0),
    ],
)
@pytest.mark.parametrize("suffix", ["heic", "avif", "png"])
def test_colours_named_by_numbers_become_srgb(
    suffix: str, primaries: int, transfer: int, named: str, space: str, gamma: float, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    named_by_numbers(path, 1, 13)
    plain, notes = said(path)
    assert notes == []
    named_by_numbers(path, primaries, transfer)
    found, notes = said(path)
    assert notes == [f"colours were converted from {named} to sRGB"]
    assert np.abs(found - as_srgb(plain, space, gamma)).max() <= 3


@pytest.mark.parametrize("suffix", ["heic", "png"])
@pytest.mark.parametrize(("transfer", "kind", "white"), [(16, "PQ", 0.5807), (18, "HLG", 0.75)])
def test_high_range_is_cut_off_at_white_and_said(
    transfer: int, kind: str, white: float, suffix: str, tmp_path: Path
) -> None:
    """White, 203 cd/m2, is 58 % of PQ and 75 % of HLG (BT.2408, table 1); 26 cd/m2, grey, 38 % of both."""
    path = tmp_path / f"a.{suffix}"
    greys = np.array([0, 0.38 * 255, white * 255, 230, 255]).round().astype(np.uint8)
    samples = np.broadcast_to(greys[:, None, None].repeat(16, 0), (80, 16, 3))
    if suffix == "png":
        path.write_bytes(png_with((b"cICP", bytes([9, transfer, 0, 1])), samples=samples))
    else:
        pytest.importorskip("pillow_heif").register_heif_opener()
        Image.fromarray(np.ascontiguousarray(samples)).save(path, quality=98)
        data = path.read_bytes()
        place = data.index(b"colrnclx") + 8
        path.write_bytes(data[:place] + struct.pack(">HH", 9, transfer) + data[place + 4 :])
    found, notes = said(path)
    lost = "what is brighter than white, 203 cd/m2, became white"
    assert notes == [f"colours were converted from BT.2020, {kind} to sRGB; {lost}"]
    black, grey, brightest, *rest = (int(level) for level in found[8::16, 8, 1])
    assert black <= 2 and 96 <= grey <= 104 and brightest >= 252 and rest == [255, 255]


@pytest.mark.parametrize(
    ("primaries", "transfer", "is_said"), [(2, 2, False), (1, 1, False), (1, 6, False), (10, 13, True), (1, 9, True)]
)
@pytest.mark.parametrize("suffix", ["heic", "avif", "png"])
def test_numbers_that_mean_srgb_change_nothing_and_unknown_ones_are_said(
    suffix: str, primaries: int, transfer: int, is_said: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    named_by_numbers(path, 1, 13)
    plain = said(path)[0]
    named_by_numbers(path, primaries, transfer)
    found, notes = said(path)
    expected = f"its colours (primaries {primaries}, transfer {transfer} of H.273) were taken for sRGB"
    assert notes == ([expected] if is_said else []) and np.array_equal(found, plain)


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
