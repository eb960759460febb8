"""The channel groups in few bits: formats chosen on symbols, a fake-quantized forward, and the host's integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from host.channel_group import KINDS, LARGEST_PLACES, ChannelGroup
from host.channel_groups import ChannelGroups
from host.distribution import FEATURE_BITS, SIGN_SCALE, tables
from host.layout import (
    LAW_BITS,
    SCALE_EXCESS,
    SIGNED_CHANNELS,
    WEIGHT_EXCESS,
    features_of,
    parts_of,
)
from host.qualities import interpolated
from model.channel_groups import (
    COLUMNS,
    COMPONENTS,
    FIRST_SPREAD,
    ROWS,
    TAPS,
    FloatChannelGroup,
    FloatChannelGroups,
    group_sizes,
)
from model.mixture import MixtureParameters
from model.quantization.straight import replaced
from model.quantization.whole_numbers import (
    clipped,
    fractional_bits,
    grid,
    places_of,
    rectified,
    rounded,
    scaled,
    scaled_columns,
)

NEIGHBOUR_BITS = 12
"""Fractional bits of the weights of each channel's own neighbours."""

RAW_BITS = 4
"""Fractional bits of raw parameters."""


@dataclass(frozen=True)
class GroupFormats:
    """Fractional bits of the hidden numbers of each group, behind the first and the second rectifier."""

    hidden: tuple[int, ...]
    middle: tuple[int, ...]

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"hidden": list(self.hidden), "middle": list(self.middle)}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> GroupFormats:
        """Reads `to_dictionary`."""
        return cls(tuple(fields["hidden"]), tuple(fields["middle"]))


class QuantizedGroup:
    """One group in integers, kept as float64 in the shapes of its convolutions.

    Raises ValueError where weights are so large that their sums have fewer fractional bits than raw parameters.
    """

    def __init__(self, group: FloatChannelGroup) -> None:
        self.first, self.count, self.signed = group.first, group.count, group.signed
        own = _numbers(group.own.weight * group.own.mask)
        before = own.new_zeros(len(own), 0, 3, 3) if group.before is None else _numbers(group.before.weight)
        self.seen_places = places_of(torch.cat([before.flatten(1), own.flatten(1)], 1)) + FEATURE_BITS
        self.before, self.own = (scaled(part, self.seen_places - FEATURE_BITS) for part in (before, own))
        self.hidden_bias = scaled_columns(_numbers(group.hidden_bias), self.seen_places)
        middle = _numbers(group.middle.weight)
        self.middle_places = places_of(middle.flatten(1)).clamp(max=LARGEST_PLACES)
        self.middle = scaled(middle, self.middle_places)
        self.middle_constants = _numbers(group.middle.bias)
        self.within_weights = _numbers(group.within)
        weights = _numbers(group.laws.weight)
        self.law_places = places_of(weights.flatten(1))
        self.laws = scaled(weights, self.law_places)
        self.law_bias = (_first_distributions(group) * 2.0**LAW_BITS).round()
        self.scale = (_numbers(group.scale.weight * group.scale.mask) * 2.0**NEIGHBOUR_BITS).round()
        self.mean = None
        if group.mean is not None:
            self.mean = (_numbers(group.mean.weight * group.mean.mask) * 2.0**NEIGHBOUR_BITS).round()
        self.hidden_frac: int | None = None
        self.middle_frac: int | None = None

    def __call__(self, symbols: Tensor, magnitudes: Tensor, values: Tensor, positions: Sequence[int]) -> Tensor:
        """Raw parameters [B, 6 * G, H, W], whole sixteenths, for features in whole 2**-9."""
        own = slice(self.first, self.first + self.count)
        seen = torch.cat([magnitudes[:, own], values[:, own]], 1)
        hidden = self._middle(self._hidden(seen, magnitudes, values, positions), seen)
        parts = rounded(self._laws_of(hidden), self._law_shifts())
        raw = (parts + _at(self.law_bias, positions)).unflatten(1, (3, COMPONENTS, self.count))
        scales = rounded(_causal(magnitudes[:, own], self.scale, self.count), SCALE_EXCESS)
        means = torch.zeros_like(scales)
        if self.mean is not None:
            means = rounded(_causal(symbols[:, own], self.mean, self.count), WEIGHT_EXCESS)
        added = torch.stack([torch.zeros_like(means), means, scales], 1)[:, :, None]
        return clipped(rounded((raw + added).flatten(1, 3), LAW_BITS - RAW_BITS))

    def _hidden(self, seen: Tensor, magnitudes: Tensor, values: Tensor, positions: Sequence[int]) -> Tensor:
        sums = _causal(seen, self.own) + _at(self.hidden_bias, positions)
        if self.first:
            before = torch.cat([magnitudes[:, : self.first], values[:, : self.first]], 1)
            sums = sums + functional.conv2d(before, self.before, padding=1)
        sums = rectified(sums)
        if self.hidden_frac is None:
            self.hidden_frac = fractional_bits(sums, self.seen_places)
        return clipped(rounded(sums, self.seen_places - self.hidden_frac))

    def _middle(self, hidden: Tensor, seen: Tensor) -> list[Tensor]:
        """The hidden numbers that each part has its distributions from, for the group's own features."""
        assert self.hidden_frac is not None
        places = self.middle_places + self.hidden_frac
        kept = hidden * grid(self.middle_places)[:, None, None]
        sums = [functional.conv2d(hidden, self.middle) + kept + self._middle_bias()[:, None, None]]
        weights, shifts = self._within()
        for part in parts_of(self.count)[:-1]:
            told = features_of(part, self.count, self.signed)
            added = functional.conv2d(seen[:, told], weights[:, told, None, None])
            sums.append(sums[-1] + added * grid(shifts)[:, None, None])
        rectifieds = [rectified(part) for part in sums]
        if self.middle_frac is None:
            self.middle_frac = min(fractional_bits(part, places) for part in rectifieds)
        return [clipped(rounded(part, places - self.middle_frac)) for part in rectifieds]

    def _within(self) -> tuple[Tensor, Tensor]:
        """Weights of what parts tell each other, and how far to the left their sums are shifted to meet the others."""
        assert self.hidden_frac is not None
        most = self.middle_places + self.hidden_frac - FEATURE_BITS
        places = torch.minimum(places_of(self.within_weights), most)
        return scaled(self.within_weights, places), most - places

    def _laws_of(self, hidden: list[Tensor]) -> Tensor:
        laws = self.laws.unflatten(0, (-1, self.count))
        pairs = zip(hidden, parts_of(self.count), strict=True)
        found = [functional.conv2d(x, laws[:, part].flatten(0, 1)).unflatten(1, (len(laws), -1)) for x, part in pairs]
        return torch.cat(found, 2).flatten(1, 2)

    def _middle_bias(self) -> Tensor:
        assert self.hidden_frac is not None
        return (self.middle_constants * grid(self.middle_places + self.hidden_frac)).round()

    def _law_shifts(self) -> Tensor:
        assert self.middle_frac is not None
        shifts = self.law_places + self.middle_frac - LAW_BITS
        if shifts.min() < 0:
            raise ValueError(
                f"the weights of the distributions from channel {self.first} on must leave {LAW_BITS} fractional bits, "
                f"not {int(shifts.min()) + LAW_BITS}"
            )
        return shifts

    def for_host(self) -> ChannelGroup:
        """The group of the host's model."""
        assert self.hidden_frac is not None and self.middle_frac is not None
        within, within_places = self._within()
        mean = self.scale.new_zeros(0, 1, ROWS, COLUMNS) if self.mean is None else self.mean
        parts = {
            "before": _tap_by_tap(self.before[:, _order_before(self.first)]),
            "own": _tap_by_tap(self.own)[:, : TAPS * self.own.shape[1]],
            "hidden_bias": self.hidden_bias,
            "hidden_shifts": self.seen_places - self.hidden_frac,
            "middle": self.middle.flatten(1),
            "middle_bias": self._middle_bias(),
            "middle_places": self.middle_places,
            "middle_shifts": self.middle_places + self.hidden_frac - self.middle_frac,
            "within": within.T,
            "within_places": within_places,
            "laws": self.laws.flatten(1),
            "law_bias": self.law_bias,
            "law_shifts": self._law_shifts(),
            "scale": self.scale.flatten(1)[:, :TAPS].T,
            "mean": mean.flatten(1)[:, :TAPS].T,
        }
        return ChannelGroup(**{name: _stored(name, values) for name, values in parts.items()})


def _stored(name: str, values: Tensor) -> np.ndarray[Any, Any]:
    kind, found = np.dtype(KINDS[name]), values.numpy()
    limits = np.iinfo(kind)
    if found.size and (found.min() < limits.min or found.max() > limits.max):
        raise ValueError(f"{name} must have {limits.bits} bits, not reach {found.min():.0f} to {found.max():.0f}")
    return np.ascontiguousarray(found.astype(kind))


class QuantizedChannelGroups:
    """Channel groups with the number formats of their maps: all that the host's integer model is made of."""

    def __init__(self, model: FloatChannelGroups, formats: GroupFormats | None = None) -> None:
        self.groups = [QuantizedGroup(group) for group in model.groups]  # type: ignore[arg-type]
        if formats is not None:
            for group, hidden, middle in zip(self.groups, formats.hidden, formats.middle, strict=True):
                group.hidden_frac, group.middle_frac = hidden, middle

    @classmethod
    def calibrate(cls, model: FloatChannelGroups, symbols: Tensor, positions: Sequence[int]) -> QuantizedChannelGroups:
        """Formats chosen on symbols [B, M, H, W] of pictures whose qualities lie at positions [B], 0 to 2048."""
        quantized = cls(model)
        with torch.no_grad():
            quantized.raw_parameters(symbols, positions)
        return quantized

    @property
    def formats(self) -> GroupFormats:
        """Those chosen."""
        fracs = [(group.hidden_frac, group.middle_frac) for group in self.groups]
        hidden, middle = zip(*fracs, strict=True)
        return GroupFormats(hidden, middle)

    def raw_parameters(self, symbols: Tensor, positions: Sequence[int]) -> list[Tensor]:
        """Of each group, [B, 6 * G, H, W]: the host's integers, in float64. Gradients pass straight through."""
        magnitudes, values = _features(symbols.double())
        return [group(symbols.double(), magnitudes, values, positions) for group in self.groups]

    def distributions(self, symbols: Tensor, positions: Sequence[int]) -> MixtureParameters:
        """The distribution of every latent, each [B, M, H, W, K]; see FloatChannelGroups.distributions."""
        parts: list[tuple[Tensor, ...]] = []
        for raw, group in zip(self.raw_parameters(symbols, positions), self.groups, strict=True):
            split = (raw * 2.0**-RAW_BITS).unflatten(1, (3, COMPONENTS, group.count))
            parts.append(split.permute(1, 0, 3, 4, 5, 2).unbind(0))
        return MixtureParameters(*(torch.cat(part, 1) for part in zip(*parts, strict=True)))

    def host_model(self) -> ChannelGroups:
        """The integer entropy model. Raises ValueError where weights are too large for it."""
        return ChannelGroups(tuple(group.for_host() for group in self.groups))


def _features(symbols: Tensor) -> tuple[Tensor, Tensor]:
    """Magnitudes [B, M, H, W] and values [B, 32, H, W] of symbols, in whole 2**-9."""
    known, unit = tables(), 2.0**FEATURE_BITS
    sizes, signed = symbols.abs().long(), symbols[:, :SIGNED_CHANNELS]
    magnitudes = torch.from_numpy(known.magnitudes).double()[sizes]
    values = torch.from_numpy(known.values).double()[sizes[:, :SIGNED_CHANNELS]] * signed.sign()
    smooth = unit * torch.log1p(symbols.abs()), unit * torch.tanh(signed / SIGN_SCALE)
    return replaced(smooth[0], magnitudes), replaced(smooth[1], values)


def _numbers(values: Tensor | None) -> Tensor:
    assert values is not None
    return values.detach().cpu().double()


def _first_distributions(group: FloatChannelGroup) -> Tensor:
    """The biases of the distributions [9, 6 * G] with the distance between their log scales."""
    bias = _numbers(group.law_bias).unflatten(1, (3, COMPONENTS, group.count)).clone()
    bias[:, 2] += torch.tensor([-FIRST_SPREAD, FIRST_SPREAD], dtype=bias.dtype)[:, None]
    return bias.flatten(1)


def _at(rows: Tensor, positions: Sequence[int]) -> Tensor:
    """Entries of a table of whole numbers [9, C] at positions [B], [B, C, 1, 1]."""
    table = rows.numpy().astype(np.int32)
    found = np.stack([interpolated(table, position) for position in positions])
    return torch.from_numpy(found).double()[:, :, None, None]


def _causal(image: Tensor, weights: Tensor, groups: int = 1) -> Tensor:
    padded = functional.pad(image, (COLUMNS // 2, COLUMNS // 2, ROWS - 1, 0))
    return functional.conv2d(padded, weights, groups=groups)


def _tap_by_tap(weights: Tensor) -> Tensor:
    """Kernels [O, C, k, l] as rows [O, k * l * C]."""
    return weights.permute(0, 2, 3, 1).flatten(1)


def _order_before(first: int) -> list[int]:
    """Where the features of the groups before, numbered group by group, are among all magnitudes, then all values."""
    order: list[int] = []
    start = 0
    for count in _groups_before(first):
        order += range(start, start + count)
        order += range(first + start, first + min(start + count, SIGNED_CHANNELS))
        start += count
    return order


def _groups_before(first: int) -> list[int]:
    return list(group_sizes(first)) if first else []
