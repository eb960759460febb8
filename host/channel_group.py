"""One group of channels of the integer entropy model: its weights, and the proof that its sums fit 32 bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from host.distribution import COMPONENTS, tables
from host.kernels.interface import Int16, Int32, Layers
from host.layout import AROUND_TAPS, CAUSAL_TAPS, HIDDEN_BITS, SIGNED_CHANNELS, signed_channels
from host.qualities import ANCHORS, interpolated
from host.steps import SYMBOL_LOW

SUM_LIMIT = 2**31
"""No sum of products may reach this magnitude; proven from the weights."""

LARGEST_BIAS = 2**30
LARGEST_SHIFT = 31
LARGEST_PLACES = 14
LARGEST_HIDDEN = 256
LARGEST_GROUP = 4096

KINDS = {
    "before": "<i1",
    "own": "<i1",
    "hidden_bias": "<i4",
    "hidden_shifts": "<i4",
    "middle": "<i1",
    "middle_bias": "<i4",
    "middle_places": "<i4",
    "middle_shifts": "<i4",
    "within": "<i1",
    "within_places": "<i4",
    "laws": "<i1",
    "law_bias": "<i4",
    "law_shifts": "<i4",
    "scale": "<i2",
    "mean": "<i2",
}
"""Arrays of a group and their types."""

Int8 = npt.NDArray[np.int8]


@dataclass(frozen=True)
class ChannelGroup:
    """Weights of G channels, with N hidden numbers at each position; features are numbered as in host/kernels.

    before [N, 9 * features before] and own [N, 12 * own features], tap by tap; hidden_bias [9, N], one row for each
    anchor of quality; middle [N, N]; within [own features, N]; laws [6 * G, N], law_bias [9, 6 * G] in units of 2**-10;
    scale and mean [12, G] in units of 2**-12, mean without entries where the group begins behind the signed channels.
    Shifts and places are positive.
    """

    before: Int8
    own: Int8
    hidden_bias: Int32
    hidden_shifts: Int32
    middle: Int8
    middle_bias: Int32
    middle_places: Int32
    middle_shifts: Int32
    within: Int8
    within_places: Int32
    laws: Int8
    law_bias: Int32
    law_shifts: Int32
    scale: Int16
    mean: Int16

    @property
    def channels(self) -> int:
        """G."""
        return self.scale.shape[-1]

    def check(self, name: str, first: int) -> None:
        """Raises ValueError where this cannot be the group that begins at a channel."""
        if self.own.ndim != 2 or self.scale.ndim != 2:
            raise ValueError(f"{name}: own and scale must be matrices, not {self.own.shape} and {self.scale.shape}")
        if not 1 <= self.channels <= LARGEST_GROUP or not 1 <= len(self.own) <= LARGEST_HIDDEN:
            raise ValueError(
                f"{name} must have 1 to {LARGEST_GROUP} channels and 1 to {LARGEST_HIDDEN} hidden numbers, "
                f"not {self.channels} and {len(self.own)}"
            )
        for part, shape in self._shapes(first).items():
            values: npt.NDArray[Any] = getattr(self, part)
            if values.shape != shape or values.dtype != np.dtype(KINDS[part]):
                raise ValueError(f"{name}.{part} must be {KINDS[part]} of shape {shape}, not {values.shape}")
        self._check_ranges(name)
        if (largest := self._largest_sum()) >= SUM_LIMIT:
            raise ValueError(f"{name}: sums must stay below 2**31, not reach {largest}")

    def _shapes(self, first: int) -> dict[str, tuple[int, ...]]:
        count, hidden = self.channels, len(self.own)
        features = count + signed_channels(first, count)
        outputs, taps = 3 * COMPONENTS * count, len(CAUSAL_TAPS)
        means = count if first < SIGNED_CHANNELS else 0
        return {
            "before": (hidden, len(AROUND_TAPS) * (first + min(first, SIGNED_CHANNELS))),
            "own": (hidden, taps * features),
            "hidden_bias": (ANCHORS, hidden),
            "hidden_shifts": (hidden,),
            "middle": (hidden, hidden),
            "middle_bias": (hidden,),
            "middle_places": (hidden,),
            "middle_shifts": (hidden,),
            "within": (features, hidden),
            "within_places": (hidden,),
            "laws": (outputs, hidden),
            "law_bias": (ANCHORS, outputs),
            "law_shifts": (outputs,),
            "scale": (taps, count),
            "mean": (taps, means),
        }

    def _check_ranges(self, name: str) -> None:
        ranges = dict.fromkeys(("hidden_shifts", "middle_shifts", "law_shifts"), (0, LARGEST_SHIFT))
        ranges |= dict.fromkeys(("middle_places", "within_places"), (0, LARGEST_PLACES))
        ranges |= dict.fromkeys(("hidden_bias", "middle_bias", "law_bias"), (-LARGEST_BIAS, LARGEST_BIAS))
        for part, (low, high) in ranges.items():
            values = getattr(self, part)
            if values.min() < low or values.max() > high:
                raise ValueError(
                    f"{name}.{part} must be between {low} and {high}, not {values.min()} to {values.max()}"
                )

    def _largest_sum(self) -> int:
        """A bound on the magnitude of every sum of products, bias and rounding included."""
        feature, number = int(tables().magnitudes[-1]), 1 << (HIDDEN_BITS - 1)
        seen = feature * (_sizes(self.before).sum(1) + _sizes(self.own).sum(1))
        hidden = seen + _sizes(self.hidden_bias).max(0) + _halves(self.hidden_shifts)
        middle = number * (_sizes(self.middle).sum(1) + (1 << self.middle_places.astype(np.int64)))
        middle = middle + (feature * _sizes(self.within).sum(0) << self.within_places.astype(np.int64))
        middle = middle + _sizes(self.middle_bias) + _halves(self.middle_shifts)
        raw = number * _sizes(self.laws).sum(1) + _halves(self.law_shifts)
        neighbours = feature * _sizes(self.scale).sum(0), -SYMBOL_LOW * _sizes(self.mean).sum(0)
        return max(int(sums.max(initial=0)) for sums in (hidden, middle, raw, *neighbours))

    @cached_property
    def _wide(self) -> dict[str, Int16]:
        """The weights of products in 16 bits."""
        return {name: getattr(self, name).astype(np.int16) for name in ("before", "own", "middle", "within", "laws")}

    def layers(self, first: int, position: int) -> Layers:
        """What the kernels need of this group, which begins at channel `first`, for a position of the quality."""
        wide = self._wide
        return Layers(
            first=first,
            start=first + min(first, SIGNED_CHANNELS),
            width=self.channels + signed_channels(first, self.channels),
            before=wide["before"],
            own=wide["own"],
            hidden_bias=interpolated(self.hidden_bias, position).astype(np.int32),
            hidden_shifts=self.hidden_shifts,
            middle=wide["middle"],
            middle_bias=self.middle_bias,
            middle_places=self.middle_places,
            middle_shifts=self.middle_shifts,
            within=wide["within"],
            within_places=self.within_places,
            laws=wide["laws"],
            law_bias=interpolated(self.law_bias, position).astype(np.int32),
            law_shifts=self.law_shifts,
            scale=self.scale,
            mean=self.mean if self.mean.size else np.zeros_like(self.scale),
        )


def _sizes(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.abs(values.astype(np.int64))


def _halves(shifts: Int32) -> npt.NDArray[np.int64]:
    return (1 << shifts.astype(np.int64)) >> 1
