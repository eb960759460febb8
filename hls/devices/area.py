"""Area: LUTs, flip-flops, block memories and multipliers."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Area:
    """LUTs (those used as memory or shift register included), flip-flops, block memories, DSP blocks.

    `unknown` counts nodes whose area nobody knows, and which the other numbers leave out.
    """

    lut: float = 0
    ff: float = 0
    bram: float = 0
    dsp: float = 0
    unknown: float = 0

    def __add__(self, other: Area) -> Area:
        return Area(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, count: int) -> Area:
        return Area(*(a * count for a in astuple(self)))
