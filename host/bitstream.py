"""The compressed file: a header of 21 bytes, the coded latents, a checksum. docs/bitstream.md is its specification."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from host.pictures import PictureError, check_size

MAGIC = b"SAPM"
VERSIONS = {1: "static entropy tables", 2: "a context entropy model"}
"""What the coded latents of each version of the file were made with."""

HEADER = struct.Struct("<4sB8sHHI")
"""Magic, version, model hash, width, height, bytes of coded latents."""

CHECKSUM = struct.Struct("<I")
"""CRC-32 (ISO 3309, as in PNG) of everything before it."""

OVERHEAD = HEADER.size + CHECKSUM.size
"""Bytes of a file that are not coded latents."""

HASH_SIZE = 8
"""Bytes of the model's SHA-256 that a file carries."""


class BitstreamError(ValueError):
    """A compressed file that cannot be decoded; the message is one line that says why."""


@dataclass(frozen=True)
class Bitstream:
    """What a compressed file says: its version, its model, the picture's size in pixels, the coded latents."""

    version: int
    model_hash: bytes
    width: int
    height: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """The file's contents."""
        sizes = self.width, self.height, len(self.payload)
        body = HEADER.pack(MAGIC, self.version, self.model_hash[:HASH_SIZE], *sizes) + self.payload
        return body + CHECKSUM.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes, version: int, model_hash: bytes) -> Bitstream:
        """Read a file made by a model of `version` and `model_hash`. Raises BitstreamError, before memory is taken."""
        _check(data)
        _, made_as, made_by, width, height, _ = HEADER.unpack_from(data)
        if made_as != version:
            raise BitstreamError(
                f"was made by another model: the version must be {version} for {VERSIONS[version]}, "
                f"not {made_as} for {VERSIONS[made_as]}"
            )
        if made_by != model_hash[:HASH_SIZE]:
            raise BitstreamError(
                f"was made by another model: the hash must be {model_hash[:HASH_SIZE].hex()}, not {made_by.hex()}"
            )
        try:
            check_size("size", height, width)
        except PictureError as error:
            raise BitstreamError(str(error)) from error
        return cls(version, made_by, width, height, data[HEADER.size : -CHECKSUM.size])


def model_hash_of(data: bytes) -> bytes:
    """The first bytes of the hash of the model that made a file. Raises BitstreamError for damage of any kind."""
    _check(data)
    return bytes(HEADER.unpack_from(data)[2])


def _check(data: bytes) -> None:
    """Raise BitstreamError where a file is none, of a version that is not known, truncated or damaged."""
    if len(data) < len(MAGIC) or data[: len(MAGIC)] != MAGIC:
        raise BitstreamError(f"is not a compressed picture: must begin with {MAGIC!r}, not {data[: len(MAGIC)]!r}")
    if len(data) < OVERHEAD:
        raise BitstreamError(f"is truncated: must have at least {OVERHEAD} bytes, not {len(data)}")
    _, version, _, _, _, length = HEADER.unpack_from(data)
    if version not in VERSIONS:
        raise BitstreamError(f"version must be one of {', '.join(map(str, VERSIONS))}, not {version}")
    if len(data) != OVERHEAD + length:
        what = "is truncated" if len(data) < OVERHEAD + length else "has something after its end"
        raise BitstreamError(f"{what}: must have {OVERHEAD + length} bytes, not {len(data)}")
    (stored,), computed = CHECKSUM.unpack(data[-CHECKSUM.size :]), zlib.crc32(data[: -CHECKSUM.size])
    if stored != computed:
        raise BitstreamError(f"is damaged: its checksum must be {computed:08x}, not {stored:08x}")
