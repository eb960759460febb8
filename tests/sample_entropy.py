"""Random integer entropy models of channel groups, and symbols that are likely to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from host.channel_group import ChannelGroup
from host.channel_groups import ChannelGroups
from host.layout import SIGNED_CHANNELS, signed_channels
from host.qualities import ANCHORS
from ops import IntegerArray

HIDDEN = 8
SIZES = {3: (3,), 6: (2, 4), 40: (4, 12, 16, 8), 256: (4, 12, 16, 32, 64, 128)}
"""Sizes of the groups of so many channels."""


class RandomGroups:
    """Makes groups whose every weight counts: hidden numbers of some hundreds, many means and scales."""

    def __init__(self, seed: int, hidden: int = HIDDEN) -> None:
        self.rng, self.hidden = np.random.default_rng(seed), hidden

    def _weights(self, *shape: int) -> npt.NDArray[np.int8]:
        return self.rng.integers(-127, 128, shape).astype(np.int8)

    def _numbers(self, low: int, high: int, *shape: int) -> npt.NDArray[np.int32]:
        return self.rng.integers(low, high + 1, shape).astype(np.int32)

    def group(self, first: int, count: int) -> ChannelGroup:
        hidden, outputs = self.hidden, 6 * count
        before, own = first + min(first, SIGNED_CHANNELS), count + signed_channels(first, count)
        means = count if first < SIGNED_CHANNELS else 0
        spread = max(1, int(np.log2(9 * before + 12 * own)) // 2)
        distributions = self._numbers(-1024, 1024, 9, 3, 2, count)
        distributions[:, 2] += np.array([-500, 500])[:, None] - 1500
        return ChannelGroup(
            before=self._weights(hidden, 9 * before),
            own=self._weights(hidden, 12 * own),
            hidden_bias=self._numbers(-(2**17), 2**17, 9, hidden),
            hidden_shifts=self._numbers(5, 7, hidden) + spread,
            middle=self._weights(hidden, hidden),
            middle_bias=self._numbers(-(2**15), 2**15, hidden),
            middle_places=self._numbers(6, 8, hidden),
            middle_shifts=self._numbers(6, 8, hidden),
            within=self._weights(own, hidden),
            within_places=self._numbers(0, 2, hidden),
            laws=self._weights(outputs, hidden),
            law_bias=distributions.reshape(9, -1),
            law_shifts=self._numbers(9, 10, outputs),
            scale=self._numbers(0, 2**12 // 10, 12, count).astype(np.int16),
            mean=self._numbers(-(2**12) // 12, 2**12 // 12, 12, means).astype(np.int16),
        )


def steady(model: ChannelGroups) -> ChannelGroups:
    """The model with the distributions of the lowest quality at every quality."""
    biases = ("hidden_bias", "law_bias")
    rows = ({name: np.repeat(getattr(group, name)[:1], ANCHORS, 0) for name in biases} for group in model.groups)
    return ChannelGroups(tuple(replace(group, **parts) for group, parts in zip(model.groups, rows, strict=True)))


def channel_groups(channels: int = 6, seed: int = 0, hidden: int = HIDDEN) -> ChannelGroups:
    """A random model, of one group where SIZES does not have its channels."""
    random, sizes = RandomGroups(seed, hidden), SIZES.get(channels, (channels,))
    return ChannelGroups(tuple(random.group(sum(sizes[:index]), size) for index, size in enumerate(sizes)))


def likely_symbols(shape: tuple[int, int, int], seed: int = 0, scale: float = 3.0) -> IntegerArray:
    """Symbols as latents have them: long-tailed, wide in the first channels, most of the others zero."""
    rng = np.random.default_rng(seed)
    widths = scale / (1 + np.arange(shape[0])) ** 0.5
    return np.rint(rng.laplace(0, widths[:, None, None], shape)).clip(-1024, 1023).astype(np.int64)
