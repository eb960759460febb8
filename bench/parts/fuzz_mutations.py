"""Mutations of files of every kind: bytes, members of archives, fields of JSON, TOML and ONNX; checksums right."""

from __future__ import annotations

import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx

Mutation = Callable[[random.Random, bytes], bytes]

NUMBERS = (0, 1, -1, 2, 7, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, -(2**31), 2**32, 2**63 - 1, -(2**63))
WORDS = ("", "[/x]", "\x1b[2J", "a\nb", "$(touch x)", "../../x", "nan", "0", "é\u202e", "endmodule", "a" * 5000, "\x00")
VALUES: tuple[Any, ...] = (None, True, False, [], {}, [[]], 1.5, 1e400, -1e300, float("nan"), *NUMBERS, 10**30, *WORDS)


def flipped(rng: random.Random, data: bytes) -> bytes:
    """Some bits."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def numbered(rng: random.Random, data: bytes) -> bytes:
    """A number of 1 to 8 bytes, an extreme one, somewhere."""
    form = rng.choice(("B", "<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    place = rng.randrange(len(data) - size + 1)
    number = struct.pack(form, rng.choice(NUMBERS) % 256**size)
    return data[:place] + number + data[place + size :]


def cut(rng: random.Random, data: bytes) -> bytes:
    """The end, or a piece of the middle, missing."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + (b"" if rng.random() < 0.5 else data[start + rng.randrange(1, 64) :])


def repeated(rng: random.Random, data: bytes) -> bytes:
    """A piece somewhere else as well."""
    start, place = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    piece = data[start : start + rng.randrange(1, 200)] * rng.choice((1, 1, 2, 50))
    return data[:place] + piece + data[place:]


BYTES: tuple[Mutation, ...] = (flipped, flipped, numbered, cut, repeated)


def of_bytes(rng: random.Random, data: bytes) -> bytes:
    """One of those."""
    return rng.choice(BYTES)(rng, data)


def checksum_repaired(rng: random.Random, data: bytes) -> bytes:
    """A damaged compressed file whose checksum is right, and mostly its length and its model too."""
    changed = bytearray(of_bytes(rng, data))
    if len(changed) >= 27 and rng.random() < 0.9:
        changed[:13] = data[:13]
        if rng.random() < 0.5:
            changed[19:23] = data[19:23]
        else:
            changed[19:23] = struct.pack("<I", len(changed) - 27)
    body = bytes(changed[:-4])
    return body + struct.pack("<I", zlib.crc32(body))


def of_members(rng: random.Random, data: bytes) -> bytes:
    """An archive of which one member is mutated, renamed, doubled or missing; its checksums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    index = rng.randrange(len(members))
    name, content = members[index]
    choice = rng.randrange(8)
    if choice == 0:
        del members[index]
    elif choice == 1:
        members[index] = (rng.choice(("x.npy", "../x.npy", "header.npy", members[0][0])), content)
    elif choice == 2:
        members.append((f"{name}x", content))
    elif choice == 3:
        members[index] = (name, _other_header(rng, content))
    else:
        head, body = content[:128], content[128:]
        members[index] = (name, head + of_bytes(rng, body) if choice < 6 else of_bytes(rng, content[:140]) + body)
    buffer = io.BytesIO()
    # two members of one name are a mutation, too
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(buffer, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive,
    ):
        for member, content in members:
            archive.writestr(member, content)
    return buffer.getvalue()


def _other_header(rng: random.Random, content: bytes) -> bytes:
    """An array of another type or shape, with as much data as it says, or with less."""
    kind = rng.choice(("|i1", "<i2", ">i4", "<i8", "<u8", "<f4", "<f8", "<c16", "|b1", "|O", "<U3", "<M8[s]", "|V0"))
    shape = tuple(rng.choice((0, 1, 2, 3, 7, 64, 1000, 2**20, 2**31)) for _ in range(rng.randrange(5)))
    header = repr({"descr": kind, "fortran_order": rng.random() < 0.2, "shape": shape}).ljust(117) + "\n"
    if len(header) != 118:
        return content
    size = int(kind.strip("<>|MbiufcOUV[s]") or 8)
    for side in shape:
        size *= side
    data = bytes(min(size, 1 << 24)) if rng.random() < 0.7 else content[128:]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + data


def of_fields(rng: random.Random, data: bytes) -> bytes:
    """JSON of which one value is another, one key is missing or new, or which is nested deep."""
    content = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            places.append((value, key))
            walk(value[key])

    walk(content)
    if not places or rng.random() < 0.02:
        return rng.choice((b"[" * 100_000, b"null", b"3", b"", b"{}", b"[]", b'"x"', b"\xff\xfe{}", b"1" * 5000))
    for _ in range(rng.choice((1, 1, 1, 2))):
        owner, key = rng.choice(places)
        with_key = key in owner if isinstance(owner, dict) else key < len(owner)
        if not with_key:
            continue
        choice = rng.random()
        if choice < 0.1:
            del owner[key]
        elif choice < 0.2 and isinstance(owner, dict):
            owner[rng.choice(WORDS)] = owner[key]
        else:
            owner[key] = rng.choice(VALUES)
    return json.dumps(content).encode("utf-8", "surrogatepass")


def of_header(rng: random.Random, data: bytes) -> bytes:
    """A checkpoint of which one field of what it says of itself is another."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = dict(archive)
    arrays["header"] = np.frombuffer(of_fields(rng, arrays["header"].tobytes()), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def of_lines(rng: random.Random, data: bytes) -> bytes:
    """TOML of which one line has another value, is missing or doubled."""
    lines = data.decode().splitlines()
    index = rng.randrange(len(lines))
    key, equals, _ = lines[index].partition("=")
    choice = rng.random()
    if choice < 0.15:
        del lines[index]
    elif choice < 0.3:
        lines.insert(rng.randrange(len(lines)), lines[index])
    elif equals:
        value = rng.choice(VALUES)
        lines[index] = f"{key}= {'{}' if value is None else json.dumps(value)}"
    else:
        lines[index] = rng.choice(("[", "[[x]]", "=", "\x00", lines[index] * 3))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def of_messages(rng: random.Random, data: bytes) -> bytes:
    """An ONNX file of which some field of some message is another, missing or doubled."""
    model = onnx.load_model_from_string(data)
    for _ in range(rng.choice((1, 1, 2))):
        message: Any = model
        while True:
            fields = [field for field, _ in message.ListFields()]
            if not fields:
                break
            field = rng.choice(fields)
            value = getattr(message, field.name)
            many = hasattr(value, "__len__") and not isinstance(value, str | bytes)
            if many and field.message_type is not None and rng.random() < 0.9:
                message = value[rng.randrange(len(value))]
            elif not many and field.message_type is not None and rng.random() < 0.95:
                message = value
            else:
                _change(rng, message, field, value, many)
                break
    return bytes(model.SerializeToString())


def _change(rng: random.Random, message: Any, field: Any, value: Any, many: bool) -> None:
    """Gives a field of a message another value that its type can have."""
    if many and field.message_type is None:
        index = rng.randrange(len(value))
        other = _other(rng, value[index])
        if rng.random() < 0.3:
            value.append(other)
        else:
            value[index] = other
    elif many:
        index = rng.randrange(len(value))
        if rng.random() < 0.5:
            del value[index]
        else:
            value.add().CopyFrom(value[index])
    elif field.message_type is not None or rng.random() < 0.1:
        message.ClearField(field.name)
    else:
        try:
            setattr(message, field.name, _other(rng, value))
        except ValueError:
            message.ClearField(field.name)


def _other(rng: random.Random, value: Any) -> Any:
    if isinstance(value, bool | int):
        return (
            max(-(2**31), min(2**31 - 1, rng.choice(NUMBERS)))
            if rng.random() < 0.5
            else int(value) + rng.choice((-1, 1))
        )
    if isinstance(value, float):
        return rng.choice((0.0, -1.0, float("inf"), float("nan")))
    if isinstance(value, bytes):
        return of_bytes(rng, value)
    return rng.choice(WORDS) if rng.random() < 0.5 else str(value) + rng.choice(("x", " ", ".", "_"))
