"""Colour spaces of pictures in tests: profiles, what they come to in sRGB, and what reading says."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from host import read_picture
from host.pictures import PictureWarning

SAMPLES = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
SMOOTH = np.stack(np.meshgrid(np.arange(0, 160, 4), np.arange(0, 96, 4), 80), -1).reshape(24, 40, 3).astype(np.uint8)

PRIMARIES = {
    "sRGB": ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)),
    "P3": ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    "2020": ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
}
D65 = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1, (1 - x - y) / y])


def matrix(space: str) -> np.ndarray:
    """Linear RGB to XYZ (D65)."""
    columns = np.stack([xyz(*point) for point in PRIMARIES[space]], 1)
    scaled: np.ndarray = columns * np.linalg.solve(columns, xyz(*D65))
    return scaled


def profile(space: str, gamma: float = 2.2, kind: bytes = b"RGB ", name: str = "") -> bytes:
    """An ICC profile (version 2) of primaries and a gamma, as cameras and monitors have."""
    white = np.array([0.9642, 1.0, 0.8249])
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ white / (BRADFORD @ xyz(*D65))) @ BRADFORD
    columns = (adapt @ matrix(space)).T

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    text = (name or space).encode() + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)}
    tags[b"cprt"] = b"text\0\0\0\0none\0"
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + fixed(*white)
    if kind == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, column in zip(b"rgb", columns, strict=True):
            tags[bytes([letter]) + b"XYZ"] = b"XYZ \0\0\0\0" + fixed(*column)
            tags[bytes([letter]) + b"TRC"] = curve
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", 0, b"none", 0x02400000, b"mntr", kind, b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + fixed(*white) + bytes(48)
    whole = head + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def as_srgb(samples: np.ndarray, space: str, gamma: float) -> np.ndarray:
    """What colours of a space are in sRGB, from the definitions; a gamma of 0 is the curve of sRGB."""
    x = samples / 255
    light = x**gamma if gamma else np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    linear = light @ (np.linalg.inv(matrix("sRGB")) @ matrix(space)).T
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def said(path: Path) -> tuple[np.ndarray, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        picture = read_picture(path)
    assert all(issubclass(warning.category, PictureWarning) for warning in caught)
    assert all(str(warning.message).startswith(f"{path.name}: ") for warning in caught)
    return picture.transpose(1, 2, 0), [str(warning.message).removeprefix(f"{path.name}: ") for warning in caught]


def png_with(*chunks: tuple[bytes, bytes], samples: np.ndarray = SAMPLES) -> bytes:
    """A PNG with more chunks behind its header."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(buffer, "PNG")
    data = buffer.getvalue()
    extra = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return data[:33] + extra + data[33:]
