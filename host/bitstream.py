"""The compressed file: a header of 23 bytes, the coded latents, a checksum. docs/bitstream.md is its specification."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from host.pictures import PictureError, check_size
from host.qualities import check_position

MAGIC = b"SAPM"
VERSION = 1

HEADER = struct.Struct("<4sB8sHHHI")
"""Magic, version, model hash, position of the quality, width, height, bytes of coded latents."""

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
    """What a compressed file says: its model, the position of its quality, the picture's size, the coded latents."""

    model_hash: bytes
    position: int
    width: int
    height: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """The file's contents."""
        numbers = self.position, self.width, self.height, len(self.payload)
        body = HEADER.pack(MAGIC, VERSION, self.model_hash[:HASH_SIZE], *numbers) + self.payload
        return body + CHECKSUM.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes, model_hash: bytes) -> Bitstream:
        """Read a file made by the model of `model_hash`. Raises BitstreamError, before memory is taken."""
        _check(data)
        _, _, made_by, position, width, height, _ = HEADER.unpack_from(data)
        if made_by != model_hash[:HASH_SIZE]:
            raise BitstreamError(
                f"was made by another model: the hash must be {model_hash[:HASH_SIZE].hex()}, not {made_by.hex()}"
            )
        try:
            check_position(position)
            check_size("size", height, width)
        except (ValueError, PictureError) as error:
            raise BitstreamError(str(error)) from error
        return cls(made_by, position, width, height, data[HEADER.size : -CHECKSUM.size])


def model_hash_of(data: bytes) -> bytes:
    """The first bytes of the hash of the model that made a file. Raises BitstreamError for damage of any kind."""
    _check(data)
    return bytes(HEADER.unpack_from(data)[2])


def _check(data: bytes) -> None:
    """Raise BitstreamError where a file is none, of another version, truncated or damaged."""
    if len(data) < len(MAGIC) or data[: len(MAGIC)] != MAGIC:
        raise BitstreamError(f"is not a compressed picture: must begin with {MAGIC!r}, not {data[: len(MAGIC)]!r}")
    if len(data) < OVERHEAD:
        raise BitstreamError(f"is truncated: must have at least {OVERHEAD} bytes, not {len(data)}")
    _, version, *_, length = HEADER.unpack_from(data)
    if version != VERSION:
        raise BitstreamError(f"version must be {VERSION}, not {version}")
    if len(data) != OVERHEAD + length:
        what = "is truncated" if len(data) < OVERHEAD + length else "has something after its end"
        raise BitstreamError(f"{what}: must have {OVERHEAD + length} bytes, not {len(data)}")
    (stored,), computed = CHECKSUM.unpack(data[-CHECKSUM.size :]), zlib.crc32(data[: -CHECKSUM.size])
    if stored != computed:
        raise BitstreamError(f"is damaged: its checksum must be {computed:08x}, not {stored:08x}")
