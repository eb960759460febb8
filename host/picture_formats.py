"""Pictures as contents of files that others read: PNG, JPEG, WebP and PPM, with metadata where a format has them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from host.metadata import PREFIX, Metadata
from host.pictures import Picture, PictureError, check_samples
from ops.files import write_whole

XMP_KEYWORD = "XML:com.adobe.xmp"
"""Of the text in a PNG that is XMP."""


@dataclass(frozen=True)
class PictureFormat:
    """A format to write: its name on the command line, its suffixes, the longest side, the most metadata in bytes."""

    name: str
    suffixes: tuple[str, ...]
    pillow_name: str
    longest_side: int = 65535
    most_metadata: int = 1 << 20
    options: Mapping[str, Any] = field(default_factory=dict)


PNG = PictureFormat("png", (".png",), "PNG")
JPEG = PictureFormat(
    *("jpeg", (".jpg", ".jpeg"), "JPEG", 65500, 65500),
    options={"quality": 95, "subsampling": "4:4:4", "optimize": True},
)
WEBP = PictureFormat("webp", (".webp",), "WEBP", 16383, options={"lossless": True})
PPM = PictureFormat("ppm", (".ppm",), "PPM", most_metadata=0)

FORMATS = {form.name: form for form in (PNG, JPEG, WEBP, PPM)}
"""By name. All but JPEG, which is of quality 95, keep every sample."""


def format_of(suffix: str) -> PictureFormat | None:
    """The format of a suffix such as ".png", in any case; None where there is none."""
    return next((form for form in FORMATS.values() if suffix.lower() in form.suffixes), None)


def to_file(picture: Picture, form: PictureFormat, metadata: Metadata | None = None) -> tuple[bytes, list[str]]:
    """The file of a picture (3, height, width), and what is to be said of metadata that the format cannot hold.

    Raises PictureError for what is no picture, and for one that is too large for the format.
    """
    check_samples(picture)
    if max(picture.shape[1:]) > form.longest_side:
        size = f"{picture.shape[2]}x{picture.shape[1]}"
        raise PictureError(f"{form.pillow_name} holds at most {form.longest_side} rows and columns, not {size}")
    kept, notes = _held(form, metadata or Metadata())
    image, buffer = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0))), io.BytesIO()
    image.save(buffer, form.pillow_name, **form.options, **_arguments(form, kept))
    return buffer.getvalue(), notes


def write_picture(picture: Picture, path: Path) -> None:
    """Write `picture`, shape (3, height, width), as a PNG file, whole or not at all. Raises OSError, ValueError."""
    write_whole(path, to_file(picture, PNG)[0])


def _held(form: PictureFormat, metadata: Metadata) -> tuple[Metadata, list[str]]:
    """What of metadata a format holds, and what is to be said of the rest."""
    held = {}
    notes = []
    for name, data in (("exif", metadata.exif), ("xmp", metadata.xmp)):
        held[name] = data if len(data) <= form.most_metadata else b""
        if len(held[name]) < len(data):
            most = f"at most {form.most_metadata} bytes of them" if form.most_metadata else "none"
            notes.append(f"its {name.upper()} data were left out: {form.pillow_name} holds {most}")
    return Metadata(**held), notes


def _arguments(form: PictureFormat, metadata: Metadata) -> dict[str, Any]:
    """How Pillow is told to write metadata."""
    found: dict[str, Any] = {}
    if metadata.exif:
        found["exif"] = PREFIX + metadata.exif
    if metadata.xmp and form is PNG:
        found["pnginfo"] = PngInfo()
        found["pnginfo"].add_itxt(XMP_KEYWORD, metadata.xmp.decode())
    elif metadata.xmp:
        found["xmp"] = metadata.xmp
    return found
