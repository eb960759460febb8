"""Synthetic photographs: smooth, with edges and a little noise."""

from __future__ import annotations

import numpy as np

from host.pictures import Picture


def photograph(height: int, width: int, seed: int = 0) -> Picture:
    """A picture (3, height, width)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [128 + 70 * np.sin(rows / (7 + 4 * c) + seed) * np.cos(columns / (9 + 2 * c)) for c in range(3)]
    waves = np.stack(waves) + 40 * ((rows // 24 + columns // 32) % 2)
    return np.clip(waves + rng.normal(0, 4, waves.shape), 0, 255).astype(np.uint8)
