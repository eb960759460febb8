"""How far a decoded picture is from its original."""

from __future__ import annotations

from math import inf, log10

import numpy as np

from host.pictures import Picture

PEAK = 255
"""Largest value of a sample."""


def psnr(original: Picture, decoded: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all samples of two 8-bit RGB pictures; infinite where they are equal.

    Raises ValueError where their shapes differ.
    """
    if original.shape != decoded.shape:
        raise ValueError(f"pictures must have one shape, not {original.shape} and {decoded.shape}")
    difference = original.astype(np.int64) - decoded.astype(np.int64)
    total = int((difference * difference).sum())
    return 10 * log10(PEAK**2 * original.size / total) if total else inf
