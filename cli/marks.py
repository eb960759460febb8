"""What tells files that `sapm encode` and `decode` made from all others: they alone are replaced unasked."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from cli.targets import Written
from host.bitstream import MAGIC, model_hash_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BEFORE_MARK = len(SIGNATURE) + 25
"""Bytes of a PNG file up to the end of its header chunk."""

KEYWORD = b"Software\0sapm decode "
MARK_SIZE = 12 + len(KEYWORD) + 64


def marked(png: bytes) -> bytes:
    """A PNG file with a text chunk that names the command, and the SHA-256 of the file without it."""
    return png[:BEFORE_MARK] + _mark(png) + png[BEFORE_MARK:]


def _mark(png: bytes) -> bytes:
    text = KEYWORD + hashlib.sha256(png).hexdigest().encode()
    return struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))


def is_decoded(path: Path) -> bool:
    """Whether a file is as `sapm decode` wrote it; one that was edited since is not."""
    with path.open("rb") as file:
        beginning = file.read(BEFORE_MARK + MARK_SIZE)
        if not beginning.startswith(SIGNATURE) or KEYWORD not in beginning[BEFORE_MARK:]:
            return False
        png = beginning[:BEFORE_MARK] + file.read()
    return beginning[BEFORE_MARK:] == _mark(png)


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


ENCODED = Written(".sapm", "what `sapm encode` wrote", is_encoded)
DECODED = Written(".png", "what `sapm decode` wrote", is_decoded)
