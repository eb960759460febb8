"""The compressed file: a header of 23 bytes, coded latents, sections, a checksum: docs/bitstream.md specifies it."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, replace

from host.pictures import PictureError, check_size
from host.qualities import check_position

MAGIC = b"SAPM"
VERSION = 1

HEADER = struct.Struct("<4sB8sHHHI")
"""Magic, version, model hash, position of the quality and effort, width, height, bytes of coded latents."""

CHECKSUM = struct.Struct("<I")
"""CRC-32 (ISO 3309, as in PNG) of everything before it."""

OVERHEAD = HEADER.size + CHECKSUM.size
"""Bytes of a file that are not coded latents, where it has no sections."""

HASH_SIZE = 8
"""Bytes of the model's SHA-256 that a file carries."""

POSITION_BITS = 12
"""Of the field that carries the position of the quality; the effort lies above them."""

EFFORTS = range(10)
NO_EFFORT = 15
"""In the place of the effort: whoever wrote the file does not say."""

SECTION = struct.Struct("<4sI")
"""Name and bytes of a section that a decoder may skip."""

SECTION_NAME = re.compile(rb"[A-Z0-9 ]{4}")

MAX_SECTIONS = 1 << 20
"""Most bytes of all sections together."""


class BitstreamError(ValueError):
    """A compressed file that cannot be decoded; the message is one line that says why."""


@dataclass(frozen=True)
class Section:
    """What a file carries beside the picture: a name of four capital letters, digits and spaces, and its contents."""

    name: bytes
    data: bytes


@dataclass(frozen=True)
class Bitstream:
    """What a compressed file says: its model, the position of its quality, the picture's size, the coded latents.

    `effort` is what its encoder did, None where it does not say; `sections` are what no decoder needs.
    """

    model_hash: bytes
    position: int
    width: int
    height: int
    payload: bytes
    effort: int | None = None
    sections: tuple[Section, ...] = ()

    def to_bytes(self) -> bytes:
        """The file's contents. Raises ValueError for sections that it cannot hold."""
        effort = NO_EFFORT if self.effort is None else self.effort
        numbers = self.position | effort << POSITION_BITS, self.width, self.height, len(self.payload)
        header = HEADER.pack(MAGIC, VERSION, self.model_hash[:HASH_SIZE], *numbers)
        body = header + self.payload + _packed(self.sections)
        return body + CHECKSUM.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes, model_hash: bytes | None = None) -> Bitstream:
        """Read a file, made by the model of `model_hash` if there is one. Raises BitstreamError, before memory is
        taken."""
        sections = _check(data)
        _, _, made_by, quality, width, height, length = HEADER.unpack_from(data)
        if model_hash is not None and made_by != model_hash[:HASH_SIZE]:
            raise BitstreamError(
                f"was made by another model: the hash must be {model_hash[:HASH_SIZE].hex()}, not {made_by.hex()}"
            )
        position, effort = quality & (1 << POSITION_BITS) - 1, quality >> POSITION_BITS
        try:
            check_position(position)
            check_size("size", height, width)
        except (ValueError, PictureError) as error:
            raise BitstreamError(str(error)) from error
        payload = data[HEADER.size : HEADER.size + length]
        known = effort if effort in EFFORTS else None
        return cls(made_by, position, width, height, payload, known, sections)


def with_sections(data: bytes, sections: tuple[Section, ...]) -> bytes:
    """A file with these sections in place of its own. Raises BitstreamError, and ValueError for what it cannot hold."""
    return replace(Bitstream.from_bytes(data), sections=sections).to_bytes() if sections else data


def model_hash_of(data: bytes) -> bytes:
    """The first bytes of the hash of the model that made a file. Raises BitstreamError for damage of any kind."""
    _check(data)
    return bytes(HEADER.unpack_from(data)[2])


def _packed(sections: tuple[Section, ...]) -> bytes:
    for section in sections:
        if not SECTION_NAME.fullmatch(section.name):
            raise ValueError(f"a section's name must be four of A-Z, 0-9 and space, not {section.name!r}")
    packed = b"".join(SECTION.pack(section.name, len(section.data)) + section.data for section in sections)
    if len(packed) > MAX_SECTIONS:
        raise ValueError(f"sections must have at most {MAX_SECTIONS} bytes, not {len(packed)}")
    return packed


def _check(data: bytes) -> tuple[Section, ...]:
    """The sections. Raise BitstreamError where a file is none, of another version, truncated or damaged."""
    if len(data) < len(MAGIC) or data[: len(MAGIC)] != MAGIC:
        raise BitstreamError(f"is not a compressed picture: must begin with {MAGIC!r}, not {data[: len(MAGIC)]!r}")
    if len(data) < OVERHEAD:
        raise BitstreamError(f"is truncated: must have at least {OVERHEAD} bytes, not {len(data)}")
    _, version, *_, length = HEADER.unpack_from(data)
    if version != VERSION:
        raise BitstreamError(f"version must be {VERSION}, not {version}")
    if len(data) < OVERHEAD + length:
        raise BitstreamError(f"is truncated: must have {OVERHEAD + length} bytes, not {len(data)}")
    sections = _sections(data, HEADER.size + length)
    (stored,), computed = CHECKSUM.unpack(data[-CHECKSUM.size :]), zlib.crc32(data[: -CHECKSUM.size])
    if stored != computed:
        raise BitstreamError(f"is damaged: its checksum must be {computed:08x}, not {stored:08x}")
    return sections


def _sections(data: bytes, start: int) -> tuple[Section, ...]:
    """What lies between the coded latents, which end at `start`, and the checksum."""
    end = len(data) - CHECKSUM.size
    if end - start > MAX_SECTIONS:
        raise BitstreamError(f"sections must have at most {MAX_SECTIONS} bytes, not {end - start}")
    found = []
    while start < end:
        if end - start < SECTION.size or not SECTION_NAME.fullmatch(data[start : start + 4]):
            expected = start + CHECKSUM.size
            raise BitstreamError(f"has something after its end: must have {expected} bytes, not {len(data)}")
        name, size = SECTION.unpack_from(data, start)
        start += SECTION.size
        if size > end - start:
            raise BitstreamError(f"is truncated: must have {start + size + CHECKSUM.size} bytes, not {len(data)}")
        found.append(Section(name, data[start : start + size]))
        start += size
    return tuple(found)
