"""What tells files that `sapm encode` and `decode` made from all others: they alone are replaced unasked."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.sources import CODED_SUFFIXES, PICTURE_SUFFIXES
from cli.targets import Written
from host.bitstream import MAGIC, model_hash_of
from host.picture_formats import FORMATS, PictureFormat

TEXT = b"sapm decode "
"""Begins the mark of a decoded picture; the SHA-256 of the file without it follows."""


@dataclass(frozen=True)
class Mark:
    """How a format carries a text for people: how its files begin, where the text stands, and how it is written."""

    beginning: bytes
    place: int
    written: Callable[[bytes], bytes]

    def add(self, data: bytes) -> bytes:
        """A file with the mark that names the command, and the SHA-256 of the file without it."""
        mark = self.written(TEXT + hashlib.sha256(data).hexdigest().encode())
        return data[: self.place] + mark + data[self.place :]

    def remove(self, data: bytes) -> bytes:
        """A file without what has the size of a mark in its place."""
        size = len(self.written(TEXT + bytes(64)))
        return data[: self.place] + data[self.place + size :]


class _RiffMark(Mark):
    """A mark in a chunk at the end, which the size in the file's header counts as well."""

    def add(self, data: bytes) -> bytes:
        chunk = self.written(TEXT + hashlib.sha256(data).hexdigest().encode())
        return _resized(data + chunk)

    def remove(self, data: bytes) -> bytes:
        return _resized(data[: -len(self.written(TEXT + bytes(64)))])


def _resized(riff: bytes) -> bytes:
    return riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:]


def _png_chunk(text: bytes) -> bytes:
    body = b"tEXtSoftware\0" + text
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


MARKS = {
    "png": Mark(b"\x89PNG\r\n\x1a\n", 33, _png_chunk),  # behind the header
    "jpeg": Mark(b"\xff\xd8\xff\xe0", 20, lambda text: b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text),
    "webp": _RiffMark(b"RIFF", 0, lambda text: b"SAPM" + struct.pack("<I", len(text)) + text),
    "ppm": Mark(b"P6\n", 3, lambda text: b"# " + text + b"\n"),
}
"""By the name of the format."""


def marked(data: bytes, form: PictureFormat) -> bytes:
    """The file of a picture with the mark of `sapm decode`."""
    return MARKS[form.name].add(data)


def is_decoded(path: Path) -> bool:
    """Whether a file is as `sapm decode` wrote it; one that was edited since is not."""
    with path.open("rb") as file:
        data = file.read(8)
        for mark in MARKS.values():
            if data.startswith(mark.beginning):
                data += file.read()
                return mark.add(mark.remove(data)) == data
    return False


def is_encoded(path: Path) -> bool:
    """Whether a file is a whole compressed picture."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return False
        data = MAGIC + file.read()
    try:
        model_hash_of(data)
    except ValueError:
        return False
    return True


ENCODED = Written(CODED_SUFFIXES, PICTURE_SUFFIXES, "what `sapm encode` wrote", is_encoded)


def decoded(form: PictureFormat | None) -> Written:
    """What `sapm decode` makes: pictures of a format, or of any, PNG unless the name says otherwise."""
    suffixes = [suffix for each in ([form] if form else FORMATS.values()) for suffix in each.suffixes]
    return Written(tuple(suffixes), CODED_SUFFIXES, "what `sapm decode` wrote", is_decoded)
