"""Damage to compressed files: flipped bits, truncation, wrong fields, splices; with a wrong checksum or a right one."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np

from host.bitstream import CHECKSUM, HEADER

QUALITY_OFFSET = 13
"""Where the fields begin that another picture may have otherwise: quality, width, height, length."""

Mutation = Callable[[bytes, np.random.Generator], bytes]


def flip_bits(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def replace_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    start = int(rng.integers(len(data)))
    part = changed[start : start + int(rng.integers(1, 64))]
    part[:] = rng.choice([np.zeros_like(part), np.full_like(part, 255), rng.integers(0, 256, part.shape, np.uint8)])
    return changed.tobytes()


def truncate(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def extend(data: bytes, rng: np.random.Generator) -> bytes:
    return data + rng.integers(0, 256, int(rng.integers(1, 64)), np.uint8).tobytes()


def forge_field(data: bytes, rng: np.random.Generator) -> bytes:
    """A quality, width, height or length of any size, mostly at an edge of what is allowed."""
    fields = list(HEADER.unpack_from(data))
    field = int(rng.integers(3, 7))
    most = 65535 if field < 6 else 2**32 - 1
    edges = (0, 1, 15, 16, 17, 2048, 2049, 8192, 11585, most, int(rng.integers(0, most)))
    fields[field] = min(most, edges[int(rng.integers(len(edges)))])
    return HEADER.pack(*fields) + data[HEADER.size :]


def forge_section(data: bytes, rng: np.random.Generator) -> bytes:
    """A section of a known or an odd name before the checksum, its length right or not."""
    content = rng.integers(0, 256, int(rng.integers(0, 64)), np.uint8).tobytes()
    name = (b"EXIF", b"XMP ", b"ABCD", b"\x1b[1m", bytes(4))[int(rng.integers(5))]
    length = (len(content), len(content) + 1, 0, 2**32 - 1)[int(rng.integers(4))]
    return data[: -CHECKSUM.size] + name + struct.pack("<I", length) + content + data[-CHECKSUM.size :]


def splice(data: bytes, rng: np.random.Generator) -> bytes:
    """A part is moved, repeated or taken out."""
    first, second = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
    parts = data[:first], data[first:second], data[second:]
    orders = (0, 2), (0, 2, 1), (0, 1, 1, 2), (1, 0, 2)
    return b"".join(parts[index] for index in orders[int(rng.integers(len(orders)))])


MUTATIONS: dict[str, Mutation] = {
    "flipped bits": flip_bits,
    "replaced bytes": replace_bytes,
    "truncation": truncate,
    "extension": extend,
    "forged field": forge_field,
    "forged section": forge_section,
    "splice": splice,
}


def repaired(mutated: bytes, original: bytes) -> bytes:
    """With magic, version, model's hash, length and checksum made right, so that the decoder proper sees the damage.

    What stands behind the whole original but for its checksum stays there, as sections.
    """
    if len(mutated) < HEADER.size + CHECKSUM.size:
        return mutated
    if len(mutated) > len(original) and mutated.startswith(original[: -CHECKSUM.size]):
        body = mutated[: -CHECKSUM.size]
        return body + CHECKSUM.pack(zlib.crc32(body))
    payload = mutated[HEADER.size : -CHECKSUM.size]
    payload = payload[: len(payload) // 4 * 4]
    chosen = mutated[QUALITY_OFFSET : HEADER.size - 4]
    body = original[:QUALITY_OFFSET] + chosen + struct.pack("<I", len(payload)) + payload
    return body + CHECKSUM.pack(zlib.crc32(body))
