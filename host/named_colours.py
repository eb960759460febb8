"""Colours that a picture names by numbers instead of a profile: as an ICC profile, which is then applied.

Code points are those of ITU-T H.273 (CICP): nclx of HEIC and AVIF, cICP of PNG, which also has gAMA and cHRM.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Curve = Callable[[Array], Array]
"""Linear light, white at 1, of samples between 0 and 1."""

Point = tuple[float, float]
D65: Point = (0.3127, 0.3290)
C: Point = (0.310, 0.316)
DCI_WHITE: Point = (0.314, 0.351)

PRIMARIES: Mapping[int, tuple[str, tuple[Point, Point, Point, Point]]] = {
    1: ("BT.709", ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), D65)),
    4: ("BT.470 M", ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), C)),
    5: ("BT.470 BG", ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06), D65)),
    6: ("BT.601", ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), D65)),
    7: ("SMPTE 240M", ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), D65)),
    9: ("BT.2020", ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), D65)),
    11: ("DCI-P3", ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), DCI_WHITE)),
    12: ("Display P3", ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65)),
}
"""Names and chromaticities of red, green, blue and white."""

WHITE_NITS, HLG_PEAK_NITS, PQ_PEAK_NITS = 203.0, 1000.0, 10000.0
"""cd/m2 of white in PQ and HLG (ITU-R BT.2408), and the most of either (BT.2100)."""

PNG, MEDIA = b"\x89PNG", b"ftyp"

UNNAMED = 2
"""Code point of what is not said."""


def _srgb(x: Array) -> Array:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def _pq(x: Array) -> Array:
    """BT.2100, table 4."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = x ** (1 / m2)
    return PQ_PEAK_NITS / WHITE_NITS * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def _hlg(x: Array) -> Array:
    """BT.2100, table 5; its display gamma 1.2 is taken for each channel."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(x <= 0.5, x**2 / 3, (np.exp((x - c) / a) + b) / 12)
    return HLG_PEAK_NITS / WHITE_NITS * scene**1.2


def _power(gamma: float) -> Curve:
    return lambda x: x**gamma


TRANSFERS: Mapping[int, tuple[str, Curve]] = {
    **dict.fromkeys((1, 6, 13, 14, 15), ("sRGB", _srgb)),  # screens show those of video as sRGB
    4: ("gamma 2.2", _power(2.2)),
    5: ("gamma 2.8", _power(2.8)),
    8: ("linear", _power(1)),
    16: ("PQ", _pq),
    18: ("HLG", _hlg),
}
"""Names and curves of transfer characteristics."""

HIGH_RANGE = (16, 18)
"""Those that have light brighter than white."""


@dataclass(frozen=True)
class NamedColours:
    """What a picture names: words for it, a profile or None where none can be made, and what is lost in it."""

    words: str
    profile: bytes | None
    loss: str = ""


def named_colours(info: Mapping[Any, Any], data: bytes) -> NamedColours | None:
    """What the picture in the file `data` names, of which Pillow tells `info`; None where it is sRGB or nothing.

    PNG's cICP counts before a profile in the same file, all others where there is none.
    """
    points = _code_points(data)
    if points is not None and (not info.get("icc_profile") or data.startswith(PNG)):
        return _of_code_points(*points)
    return None if info.get("icc_profile") else _of_gamma(info)


def _of_code_points(primaries: int, transfer: int) -> NamedColours | None:
    primaries, transfer = (1 if point == UNNAMED else point for point in (primaries, transfer))
    if primaries not in PRIMARIES or transfer not in TRANSFERS:
        return NamedColours(f"primaries {primaries}, transfer {transfer} of H.273", None)
    (space, places), (kind, curve) = PRIMARIES[primaries], TRANSFERS[transfer]
    if primaries == 1 and kind == "sRGB":
        return None
    loss = f"what is brighter than white, {WHITE_NITS:g} cd/m2, became white" if transfer in HIGH_RANGE else ""
    words = f"{space}, {kind}"
    return NamedColours(words, icc_profile(words, places, curve), loss)


def _of_gamma(info: Mapping[Any, Any]) -> NamedColours | None:
    """gAMA of PNG, and cHRM beside it, where they say something else than sRGB."""
    gamma = info.get("gamma")
    if not isinstance(gamma, float) or "srgb" in info or not 0.01 < gamma < 100:
        return None
    points = _chromaticities(info.get("chromaticity")) or PRIMARIES[1][1]
    usual = np.abs(np.subtract(points, PRIMARIES[1][1])).max() < 0.01
    if usual and 0.4 <= gamma <= 0.5:
        return None
    words = f"gamma {1 / gamma:.3g}" + ("" if usual else " and primaries of its own")
    try:
        return NamedColours(words, icc_profile(words, points, _srgb if 0.4 <= gamma <= 0.5 else _power(1 / gamma)))
    except (np.linalg.LinAlgError, struct.error):
        return NamedColours(words, None)


def _chromaticities(numbers: Any) -> tuple[Point, Point, Point, Point] | None:
    """cHRM has white first."""
    if not isinstance(numbers, tuple) or len(numbers) != 8 or not all(0 < number < 1 for number in numbers):
        return None
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    return red, green, blue, white


def _code_points(data: bytes) -> tuple[int, int] | None:
    """Colour primaries and transfer characteristics of HEIC and AVIF, of PNG; None where none are named.

    Pillow does not tell what an AVIF names.
    """
    if data[4:8] == MEDIA:
        found = _box(data, b"meta")
        place = found.find(b"colrnclx") + 8
        if place >= 8 and len(found) >= place + 4:
            return int.from_bytes(found[place : place + 2], "big"), int.from_bytes(found[place + 2 : place + 4], "big")
    if data.startswith(PNG):
        head = data[: data.find(b"IDAT") + 1]
        place = head.find(b"\0\0\0\4cICP") + 8
        if place >= 8 and len(head) >= place + 2:
            return head[place], head[place + 1]
    return None


def _box(data: bytes, wanted: bytes) -> bytes:
    """A box of the ISO base media file format among those of the whole file; empty where there is none."""
    place = 0
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if kind == wanted:
            return data[place : place + size] if size else data[place:]
        if size < 8:
            break
        place += size
    return b""


WHITE_D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""Adaptation to the white of ICC profiles (ICC.1:2001-04, annex E)."""

CURVE_POINTS = 4096


def icc_profile(name: str, places: tuple[Point, Point, Point, Point], curve: Curve) -> bytes:
    """An ICC profile (version 2) of a screen with these chromaticities and this curve, cut off at white.

    Raises LinAlgError or struct.error where the chromaticities are no colours.
    """
    *colours, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in places)
    matrix = np.stack(colours, 1)
    matrix *= np.linalg.solve(matrix, white)
    adapted = np.linalg.solve(BRADFORD, np.diag(BRADFORD @ WHITE_D50 / (BRADFORD @ white)) @ BRADFORD) @ matrix
    light = curve(np.linspace(0, 1, CURVE_POINTS)).clip(0, 1)
    text = name.encode("ascii", "replace") + b"\0"
    shared = b"curv\0\0\0\0" + struct.pack(">I", CURVE_POINTS) + np.round(light * 65535).astype(">u2").tobytes()
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(WHITE_D50),
    }
    for letter, column in zip((b"r", b"g", b"b"), adapted.T, strict=True):
        tags[letter + b"XYZ"] = b"XYZ \0\0\0\0" + _fixed(column)
    tags |= {letter + b"TRC": shared for letter in (b"r", b"g", b"b")}
    return _assembled(tags)


def _assembled(tags: Mapping[bytes, bytes]) -> bytes:
    """Header, table and tags; those that are equal lie there once."""
    table, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", places[content], len(content))
    head = struct.pack(">I4sI4s4s4s", 0, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    whole = head + bytes(28) + _fixed(WHITE_D50) + bytes(48) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def _fixed(values: Array) -> bytes:
    """Numbers of 32 bits, 16 of them after the point."""
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)
