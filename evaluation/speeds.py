"""How long coders take: seconds of processor time for a megapixel, on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from evaluation.measurement import Measurement

MEGAPIXEL = 1e6


@dataclass(frozen=True)
class Speed:
    """Of one curve at one setting: the median over pictures, of an even number the lower one."""

    curve: str
    setting: str
    encode_seconds_per_megapixel: float
    decode_seconds_per_megapixel: float


def speeds(rows: Sequence[Measurement]) -> list[Speed]:
    """Those of all curves and settings that were timed, in the order of the measurements."""
    points = dict.fromkeys((row.curve, row.setting) for row in rows if row.times is not None)
    return [_speed(curve, setting, rows) for curve, setting in points]


def _speed(curve: str, setting: str, rows: Sequence[Measurement]) -> Speed:
    timed = [
        (row.times, row.width * row.height / MEGAPIXEL)
        for row in rows
        if (row.curve, row.setting) == (curve, setting) and row.times is not None
    ]
    encode = median_low(times.encode / size for times, size in timed)
    return Speed(curve, setting, encode, median_low(times.decode / size for times, size in timed))
