"""Quality in floats: its position among the anchors, 0 to 8 for lambda 32 to 8192, and what is interpolated there."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from host.qualities import (
    ANCHORS,
    HIGHEST_QUALITY,
    HIGHEST_RATE_WEIGHT,
    LOWEST_QUALITY,
    LOWEST_RATE_WEIGHT,
)

__all__ = [
    "ANCHORS",
    "HIGHEST_QUALITY",
    "HIGHEST_RATE_WEIGHT",
    "LOWEST_QUALITY",
    "LOWEST_RATE_WEIGHT",
    "SPACING",
    "interpolated",
    "position_of_quality",
    "position_of_rate_weight",
    "rate_weights",
]

SPACING = (HIGHEST_RATE_WEIGHT / LOWEST_RATE_WEIGHT) ** (1 / (ANCHORS - 1))
"""By which lambda grows from an anchor to the next."""


def position_of_quality(quality: float) -> float:
    """Where among the anchors a quality lies. Raises ValueError for one that is not between 1 and 100."""
    if not LOWEST_QUALITY <= quality <= HIGHEST_QUALITY:
        raise ValueError(f"quality must be between {LOWEST_QUALITY:g} and {HIGHEST_QUALITY:g}, not {quality!r}")
    return (quality - LOWEST_QUALITY) * (ANCHORS - 1) / (HIGHEST_QUALITY - LOWEST_QUALITY)


def position_of_rate_weight(rate_weight: float) -> float:
    """Where lambda lies. Raises ValueError for one outside the range of the qualities."""
    if not LOWEST_RATE_WEIGHT <= rate_weight <= HIGHEST_RATE_WEIGHT:
        raise ValueError(
            f"rate weight must be between {LOWEST_RATE_WEIGHT:g} and {HIGHEST_RATE_WEIGHT:g}, not {rate_weight!r}"
        )
    return math.log(rate_weight / LOWEST_RATE_WEIGHT, SPACING)


def rate_weights(positions: Tensor) -> Tensor:
    """lambda at positions [B]."""
    return LOWEST_RATE_WEIGHT * torch.pow(SPACING, positions)


def interpolated(anchors: Tensor, positions: Tensor) -> Tensor:
    """Values [ANCHORS, ...] at positions [B], 0 to 8, linear between two anchors, [B, ...]."""
    places = torch.arange(ANCHORS, device=positions.device, dtype=anchors.dtype)
    shares = (1 - (positions.to(anchors)[:, None] - places).abs()).clamp(min=0)
    return torch.einsum("ba,a...->b...", shares, anchors)
