"""Metadata of photographs: kept byte by byte but for what no longer holds, and never a danger to the picture."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from host import BitstreamError, PictureError
from host.bitstream import Bitstream, Section
from host.metadata import Metadata, metadata_of
from host.picture_formats import FORMATS, JPEG, PNG, PPM, WEBP, to_file
from host.pictures import open_photograph
from host.sections import metadata_in, with_metadata

SAMPLES = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="%d"/><tiff:Orientation>%d</tiff:Orientation></x:xmpmeta>'
)
FILE = Bitstream(bytes(8), 5, 7, 5, bytes(10)).to_bytes()


def entry(order: str, tag: int, kind: int, value: int) -> bytes:
    packed = struct.pack(f"{order}H", value) + b"\0\0" if kind == 3 else struct.pack(f"{order}I", value)
    return struct.pack(f"{order}HHI", tag, kind, 1) + packed


def exif(order: str, orientation: int, space: int) -> bytes:
    """Tables as cameras write them, with a note of the maker whose places must stay."""
    beginning = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    first = entry(order, 0x0112, 3, orientation), entry(order, 0x0132, 4, 77), entry(order, 0x8769, 4, 50)
    second = entry(order, 0xA001, 3, space), entry(order, 0xA002, 4, 640)
    tables = [struct.pack(f"{order}H", len(table)) + b"".join(table) + bytes(4) for table in (first, second)]
    return beginning + tables[0] + tables[1] + b"a note of the maker"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("suffix", ["jpeg", "png", "webp"])
def test_what_no_longer_holds_is_set_and_all_else_stays(suffix: str, order: str) -> None:
    buffer = io.BytesIO()
    data = exif(order, 6, 0xFFFF)
    xmp = {} if suffix == "png" else {"xmp": XMP % (6, 6)}
    Image.fromarray(SAMPLES).save(buffer, suffix.upper(), exif=b"Exif\0\0" + data, **xmp)
    with pytest.warns(match=r"turned upright \(orientation 6\)"):
        photograph = open_photograph("a", buffer.getvalue())
    assert photograph.picture.shape == (3, 7, 5)
    assert photograph.metadata.exif == exif(order, 1, 1)
    assert photograph.metadata.xmp == (b"" if suffix == "png" else XMP % (1, 1))


def test_what_a_tiff_says_of_its_photograph_is_kept_and_not_where_its_samples_are(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Orientation] = "camera", 3
    Image.fromarray(SAMPLES).save(tmp_path / "a.tif", exif=tags)
    with pytest.warns(match=r"turned upright \(orientation 3\)"):
        photograph = open_photograph("a.tif", (tmp_path / "a.tif").read_bytes())
    kept = Image.Exif()
    kept.load(photograph.metadata.exif)
    assert dict(kept) == {ExifTags.Base.Make: "camera"}
    np.testing.assert_array_equal(photograph.picture.transpose(1, 2, 0), SAMPLES[::-1, ::-1])


def test_damaged_exif_data_are_never_more_than_left_out() -> None:
    rng = np.random.default_rng(1)
    whole, kept = np.frombuffer(exif("<", 6, 2), np.uint8), 0
    for _ in range(3000):
        changed = whole.copy()
        changed[rng.integers(0, len(whole), 4)] = rng.choice([0, 1, 255, *rng.integers(0, 256, 4)], 4)
        image = Image.fromarray(SAMPLES)
        image.info["exif"] = changed[: int(rng.integers(1, len(whole) + 1))].tobytes()
        found = metadata_of(image).exif
        assert len(found) in (0, len(image.info["exif"]))
        kept += bool(found)
    assert 300 < kept < 2700


@pytest.mark.parametrize("form", [PNG, JPEG, WEBP])
def test_formats_carry_metadata(form) -> None:
    metadata = Metadata(exif("<", 1, 1), XMP % (1, 1))
    content, notes = to_file(SAMPLES.transpose(2, 0, 1), form, metadata)
    photograph = open_photograph("a", content)
    assert photograph.metadata == metadata and not notes
    assert (photograph.picture.transpose(1, 2, 0) == SAMPLES).all() == (form is not JPEG)


def test_what_a_format_cannot_hold_is_said() -> None:
    picture, long = SAMPLES.transpose(2, 0, 1), Metadata(exif("<", 1, 1) + bytes(70_000), b"x")
    content, notes = to_file(picture, JPEG, long)
    assert notes == ["its EXIF data were left out: JPEG holds at most 65500 bytes of them"]
    assert open_photograph("a", content).metadata == Metadata(b"", b"x")
    assert len(to_file(picture, PPM, long)[1]) == 2
    with pytest.raises(PictureError, match="WEBP holds at most 16383 rows and columns, not 16384x1"):
        to_file(np.zeros((3, 1, 16384), np.uint8), WEBP)
    for form in FORMATS.values():
        assert Image.open(io.BytesIO(to_file(picture, form)[0])).size == (7, 5)


def test_sections_of_metadata() -> None:
    metadata = Metadata(exif(">", 1, 1), XMP % (1, 1))
    data = with_metadata(FILE, metadata)
    assert metadata_in(data) == (metadata, [])
    assert with_metadata(data, Metadata()) == data and with_metadata(FILE, Metadata()) == FILE
    with pytest.raises(ValueError, match="sections must have at most 1048576 bytes"):
        with_metadata(FILE, Metadata(exif=bytes(1 << 20)))
    with pytest.raises(BitstreamError, match="damaged"):
        metadata_in(data[:60] + b"?" + data[61:])


@pytest.mark.parametrize("content", [b"\x1b[31m", b"II*\0\xff\xff\xff\xff" + bytes(20), bytes(100), b"\xff\xfe"])
def test_strangers_metadata_are_checked_before_they_are_passed_on(content: bytes) -> None:
    stranger = Bitstream(bytes(8), 5, 7, 5, bytes(10), None, (Section(b"EXIF", content), Section(b"XMP ", b"\xff")))
    metadata, notes = metadata_in(stranger.to_bytes())
    assert metadata == Metadata()
    assert notes == [
        "its EXIF data are damaged, and were left out",
        "its XMP data are no text in UTF-8, and were left out",
    ]
