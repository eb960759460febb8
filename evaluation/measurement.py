"""One measurement: a picture, coded once."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.coders import CodingTimes
from evaluation.metrics import Quality


@dataclass(frozen=True)
class Measurement:
    """One picture, coded once."""

    curve: str
    setting: str
    picture: str
    width: int
    height: int
    size: float
    """Bytes; a fraction where they are estimated."""
    quality: Quality
    times: CodingTimes | None = None
