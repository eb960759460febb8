"""What a photograph says of itself, EXIF and XMP, as bytes: taken from opened pictures, fitted to their pixels.

Pixels are turned upright and made sRGB when they are read, so the few fields that say otherwise are set to that; all
other bytes stay as they were.
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from dataclasses import dataclass

from PIL import ExifTags, Image

PREFIX = b"Exif\0\0"
"""What stands before EXIF data in JPEG files, and is no part of them."""

BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}

SHORT = 3
"""Type of a field: one number of 16 bits."""

UPRIGHT, SRGB = 1, 1
"""Values of the fields Orientation and ColorSpace."""

XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>)\s*)[2-8]")

DESCRIPTIVE = (
    ExifTags.Base.ImageDescription,
    *(ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software, ExifTags.Base.DateTime),
    *(ExifTags.Base.Artist, ExifTags.Base.Copyright),
)
"""What a TIFF says of its photograph among the tags that say where its samples are."""


@dataclass(frozen=True)
class Metadata:
    """EXIF data, which begin with their byte order, and XMP, a text in UTF-8; empty where there are none."""

    exif: bytes = b""
    xmp: bytes = b""


def metadata_of(image: Image.Image) -> Metadata:
    """That of a picture that is loaded, as it holds for its pixels upright in sRGB. What is damaged is left out."""
    exif = _exif_of_tiff(image) if image.format == "TIFF" else image.info.get("exif")
    xmp = image.info.get("xmp")
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    return Metadata(
        _fitted(exif.removeprefix(PREFIX)) if isinstance(exif, bytes) and is_exif(exif.removeprefix(PREFIX)) else b"",
        XMP_ORIENTATION.sub(rb"\g<1>1", xmp) if isinstance(xmp, bytes) and is_text(xmp) else b"",
    )


def is_exif(data: bytes) -> bool:
    """Whether these can be EXIF data: they begin as such, and their first table lies within them."""
    order = BYTE_ORDERS.get(data[:4])
    if order is None or len(data) < 14:
        return False
    return 8 <= int(struct.unpack_from(f"{order}I", data, 4)[0]) <= len(data) - 2


def is_text(data: bytes) -> bool:
    """Whether these are a text in UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return bool(data)


def _exif_of_tiff(image: Image.Image) -> bytes | None:
    with suppress(Exception):  # whatever is wrong with its tags, the picture counts
        found, kept = image.getexif(), Image.Exif()
        for tag in DESCRIPTIVE:
            if tag in found:
                kept[tag] = found[tag]
        for table in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            if found.get_ifd(table):
                kept.get_ifd(table).update(found.get_ifd(table))
        return kept.tobytes() if len(kept) else None
    return None


def _fitted(exif: bytes) -> bytes:
    """EXIF data with the orientation and the colour space that the pixels have now."""
    order, fitted = BYTE_ORDERS[exif[:4]], bytearray(exif)
    first = struct.unpack_from(f"{order}I", exif, 4)[0]
    _set_short(fitted, order, first, ExifTags.Base.Orientation, UPRIGHT)
    inner = _value_place(fitted, order, first, ExifTags.IFD.Exif)
    if inner is not None:
        second = struct.unpack_from(f"{order}I", fitted, inner)[0]
        _set_short(fitted, order, second, ExifTags.Base.ColorSpace, SRGB)
    return bytes(fitted)


def _set_short(data: bytearray, order: str, table: int, tag: int, value: int) -> None:
    place = _value_place(data, order, table, tag)
    if place is not None and struct.unpack_from(f"{order}H", data, place - 6)[0] == SHORT:
        struct.pack_into(f"{order}H", data, place, value)


def _value_place(data: bytearray, order: str, table: int, tag: int) -> int | None:
    """Where the value of a field of a table lies; None where there is none within the data."""
    if table + 2 > len(data):
        return None
    count = struct.unpack_from(f"{order}H", data, table)[0]
    for entry in range(table + 2, min(table + 2 + 12 * count, len(data) - 11), 12):
        if struct.unpack_from(f"{order}H", data, entry)[0] == tag:
            return entry + 8
    return None
