"""Metadata in sections of compressed files, which decoders may skip."""

from __future__ import annotations

from host.bitstream import Bitstream, Section, with_sections
from host.metadata import Metadata, is_exif, is_text

EXIF, XMP = b"EXIF", b"XMP "
"""Names of the sections that are known; there is one of each at most, and of several the first counts."""


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """A compressed file that carries metadata. Raises ValueError where they are too long."""
    named = (EXIF, metadata.exif), (XMP, metadata.xmp)
    return with_sections(data, tuple(Section(name, content) for name, content in named if content))


def metadata_in(data: bytes) -> tuple[Metadata, list[str]]:
    """The metadata in a compressed file, and what is to be said of those that are none. Raises BitstreamError."""
    found = {section.name: section.data for section in reversed(Bitstream.from_bytes(data).sections)}
    exif, xmp = found.get(EXIF, b""), found.get(XMP, b"")
    notes = ["its EXIF data are damaged, and were left out"] if exif and not is_exif(exif) else []
    notes += ["its XMP data are no text in UTF-8, and were left out"] if xmp and not is_text(xmp) else []
    return Metadata(exif if is_exif(exif) else b"", xmp if is_text(xmp) else b""), notes
