"""The host's integer entropy model in torch: bits of latents between whole numbers, with their gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from host.channel_group import ChannelGroup
from host.channel_groups import ChannelGroups
from host.distribution import COMPONENTS, FEATURE_BITS, SIGN_SCALE, STEPS
from host.layout import CAUSAL_TAPS, LAW_BITS, LEAK_BITS, SCALE_EXCESS, WEIGHT_EXCESS, features_of, parts_of
from model.channel_groups import COLUMNS, ROWS
from model.mixture import mixture_bits

SLOPE = 2.0**-LEAK_BITS
KINDS = 3
"""Of raw parameters: logits, means, log scales."""


class DistributionTwin:
    """Bits of latents [M, H, W] in steps, real numbers, by the distributions they give each other at a position."""

    def __init__(self, model: ChannelGroups, position: int) -> None:
        self.groups, first = [], 0
        for group in model.groups:
            self.groups.append(_Group(group, first, position))
            first += group.channels

    def bits(self, latents: Tensor) -> Tensor:
        """Of all latents together."""
        unit = 2.0**FEATURE_BITS
        magnitudes, values = unit * torch.log1p(latents.abs()), unit * torch.tanh(latents / SIGN_SCALE)
        before: list[Tensor] = []
        total = latents.new_zeros(())
        for group in self.groups:
            own = group.features(magnitudes, values)
            total = total + group.bits(latents, torch.cat(before) if before else None, own)
            before.append(own)
        return total


class _Group:
    """One group; its convolutions have the integers' weights, its sums their units."""

    def __init__(self, group: ChannelGroup, first: int, position: int) -> None:
        layers = group.layers(first, position)
        self.layers, self.count = layers, group.channels
        self.channels = slice(first, first + group.channels)
        self.signed = slice(first, first + layers.width - group.channels)
        self.before = _kernel(layers.before, 3, 3)
        self.own = _causal(layers.own)
        self.hidden_bias, self.middle_bias = _floats(layers.hidden_bias), _floats(layers.middle_bias)
        self.hidden_scale, self.middle_scale = _power(-layers.hidden_shifts), _power(-layers.middle_shifts)
        self.middle = _floats(layers.middle) + torch.diag(_power(layers.middle_places))
        self.within = _floats(layers.within) * _power(layers.within_places)
        self.laws = _floats(layers.laws) * _power(-layers.law_shifts)[:, None]
        self.law_bias = _floats(layers.law_bias)
        self.scale = _causal(layers.scale.T) * 2.0**-SCALE_EXCESS
        self.mean = _causal(layers.mean.T) * 2.0**-WEIGHT_EXCESS

    def features(self, magnitudes: Tensor, values: Tensor) -> Tensor:
        return torch.cat([magnitudes[self.channels], values[self.signed]])

    def bits(self, latents: Tensor, before: Tensor | None, own: Tensor) -> Tensor:
        sums = _seen_causally(own, self.own) + self.hidden_bias[:, None, None]
        if before is not None:
            sums = sums + functional.conv2d(before[None], self.before, padding=1)[0]
        hidden = functional.leaky_relu(sums, SLOPE) * self.hidden_scale[:, None, None]
        sums = torch.einsum("on,nhw->ohw", self.middle, hidden) + self.middle_bias[:, None, None]
        parts = self._part_by_part(sums, own) + self.law_bias[:, None, None]
        logits, means, log_scales = parts.unflatten(0, (KINDS, COMPONENTS, self.count)).unbind(0)
        symbols = latents[self.channels]
        means = means + _seen_causally(symbols, self.mean, self.count)
        log_scales = log_scales + _seen_causally(own[: self.count], self.scale, self.count)
        unit = 2.0 ** -(LAW_BITS - 4) / STEPS
        logits, means, log_scales = ((part * unit).movedim(0, -1) for part in (logits, means, log_scales))
        return mixture_bits(symbols, logits, means, log_scales, "laplace").sum()

    def _part_by_part(self, sums: Tensor, own: Tensor) -> Tensor:
        """What the laws make of sums of hidden numbers [N, H, W], to which each part adds for those after it."""
        laws, found = self.laws.unflatten(0, (-1, self.count)), []
        for part in parts_of(self.count):
            hidden = functional.leaky_relu(sums, SLOPE) * self.middle_scale[:, None, None]
            found.append(torch.einsum("kgn,nhw->kghw", laws[:, part], hidden))
            told = features_of(part, self.count, len(own) - self.count)
            sums = sums + torch.einsum("fn,fhw->nhw", self.within[told], own[told])
        return torch.cat(found, 1).flatten(0, 1)


def _floats(values: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()


def _power(exponents: npt.NDArray[np.int32]) -> Tensor:
    return torch.exp2(_floats(exponents))


def _kernel(rows: npt.NDArray[np.int16], height: int, width: int) -> Tensor:
    """Weights [N, taps * C] as [N, C, height, width]."""
    return _floats(rows).reshape(len(rows), height, width, -1).permute(0, 3, 1, 2)


def _causal(rows: npt.NDArray[np.int16]) -> Tensor:
    """Weights [N, 12 * C] as [N, C, 3, 5], zero where nothing is known."""
    taps = len(CAUSAL_TAPS)
    channels = rows.shape[1] // taps
    filled = np.zeros((len(rows), ROWS * COLUMNS * channels), np.float32)
    filled[:, : taps * channels] = rows
    return torch.from_numpy(filled).reshape(len(rows), ROWS, COLUMNS, channels).permute(0, 3, 1, 2)


def _seen_causally(maps: Tensor, kernel: Tensor, groups: int = 1) -> Tensor:
    margin = COLUMNS // 2
    padded = functional.pad(maps[None], (margin, margin, ROWS - 1, 0))
    return functional.conv2d(padded, kernel, groups=groups)[0]
