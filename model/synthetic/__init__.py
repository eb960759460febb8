"""Pictures that are drawn, not photographed: pure colours, gradients, charts, patterns, text, screens and figures.

A codec that saw photographs alone codes these badly; a few of them among its training crops mend that. Each is a
function of its generator and side alone and needs no file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.synthetic.areas import Pixels, chart, corner_chart, corner_patterns, flat, gradient, pattern
from model.synthetic.plots import figure
from model.synthetic.screens import screen
from model.synthetic.text import written

SMALLEST_SIDE = 16

KINDS: dict[str, tuple[float, Callable[[int, np.random.Generator], Pixels]]] = {
    "flat": (0.25, flat),
    "gradient": (0.1, gradient),
    "chart": (0.15, chart),
    "pattern": (0.1, pattern),
    "text": (0.15, written),
    "screen": (0.15, screen),
    "figure": (0.1, figure),
}
"""Share of each kind among synthetic pictures, and what draws it."""

_BOUNDS = np.cumsum([share for share, _ in KINDS.values()])
_PAINTERS = tuple(painter for _, painter in KINDS.values())

__all__ = ["KINDS", "SMALLEST_SIDE", "calibration_pictures", "synthetic_crop", "synthetic_pictures"]


def synthetic_crop(side: int, generator: np.random.Generator) -> Pixels:
    """A picture [side, side, 3] of any kind. Raises ValueError for a side below 16."""
    if side < SMALLEST_SIDE:
        raise ValueError(f"side must be at least {SMALLEST_SIDE}, not {side!r}")
    kind = int(np.searchsorted(_BOUNDS, generator.random() * _BOUNDS[-1], side="right"))
    return _PAINTERS[min(kind, len(_PAINTERS) - 1)](side, generator)


def synthetic_pictures(count: int, side: int, seed: int = 0, start: int = 0) -> npt.NDArray[np.uint8]:
    """Pictures number `start` and up of a seed, (count, 3, side, side); each depends on seed, number and side alone."""
    crops = [synthetic_crop(side, np.random.default_rng((seed, index))) for index in range(start, start + count)]
    return np.stack(crops).transpose(0, 3, 1, 2) if crops else np.zeros((0, 3, side, side), dtype=np.uint8)


def calibration_pictures(count: int, side: int) -> npt.NDArray[np.uint8]:
    """What reaches farthest in the maps of a codec, (count, 3, side, side): pure colours in large areas, then their
    sharpest patterns, then mosaics of four synthetic pictures of different kinds; always the same."""
    generator = np.random.default_rng(0)
    pictures = [corner_chart(side), corner_patterns(side)]
    while len(pictures) < count:
        pictures.append(_mosaic(side, generator))
    return np.stack(pictures).transpose(0, 3, 1, 2)[:count]


def _mosaic(side: int, generator: np.random.Generator) -> Pixels:
    half = -(-side // 2)
    kinds = generator.choice(len(_PAINTERS), 4, replace=False).tolist()
    parts = [_PAINTERS[kind](half, generator) for kind in kinds]
    return np.concatenate([np.concatenate(parts[:2], 1), np.concatenate(parts[2:], 1)])[:side, :side]
