"""Whole numbers of the channel groups in torch: weights on grids, sums shifted and clipped as the host does it."""

from __future__ import annotations

import torch
from torch import Tensor

from host.layout import HIDDEN_BITS, LEAK_BITS
from model.mixture import bounded
from model.quantization.formats import exponent_of
from model.quantization.straight import replaced

WEIGHT_BITS = 8
"""Of the weights between features, hidden numbers and distributions; each output channel has a grid of its own."""

FINEST = 20
"""Most fractional bits of a weight."""

SPARE_BITS = 1
"""Hidden numbers may be 2**1 times as large as any that calibration saw."""


def places_of(weights: Tensor) -> Tensor:
    """Fractional bits of the weights [O, L] of each output channel, as many as their bits have room for."""
    largest = ((1 << (WEIGHT_BITS - 1)) - 0.51) / weights.abs().amax(1).clamp(min=2.0**-FINEST)
    return torch.floor(torch.log2(largest)).clamp(max=FINEST)


def grid(places: Tensor) -> Tensor:
    """How many steps of so many fractional bits one has."""
    return torch.exp2(places)


def scaled(weights: Tensor, places: Tensor) -> Tensor:
    """Weights [O, ...] as whole numbers of so many fractional bits."""
    return (weights * grid(places).view(-1, *[1] * (weights.dim() - 1))).round()


def scaled_columns(rows: Tensor, places: Tensor) -> Tensor:
    """Entries [..., O] as whole numbers of so many fractional bits."""
    return (rows * grid(places)).round()


def _floor(values: Tensor) -> Tensor:
    return replaced(values, values.floor())


def rounded(sums: Tensor, shifts: Tensor | int) -> Tensor:
    """Whole sums shifted to the right, by one number or one for each channel."""
    scale = 2.0 ** torch.as_tensor(shifts, dtype=torch.float64)
    scale = scale[:, None, None] if scale.dim() else scale
    half = torch.where(scale > 1, scale / 2, torch.zeros_like(scale))
    return _floor((sums + half) / scale)


def rectified(sums: Tensor) -> Tensor:
    """Negative sums shifted to the right by LEAK_BITS."""
    return torch.where(sums < 0, _floor(sums * 2.0**-LEAK_BITS), sums)


def clipped(values: Tensor) -> Tensor:
    """Values within HIDDEN_BITS."""
    limit = 1 << (HIDDEN_BITS - 1)
    return bounded(values, -limit, limit - 1)


def fractional_bits(sums: Tensor, places: Tensor) -> int:
    """Of hidden numbers, for sums [B, N, H, W] of so many fractional bits: no more than those."""
    peak = exponent_of(sums / grid(places)[:, None, None])
    return min(HIDDEN_BITS - 1 - SPARE_BITS - peak, int(places.min()))
