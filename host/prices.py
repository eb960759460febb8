"""What symbols cost: bits of candidates by what their neighbours say, and what a symbol makes its neighbours cost.

A float twin of the integer entropy model, forward and backward in products of whole maps, finds the gradient of all
bits with respect to each symbol's features. It only guides an encoder: what is written is found by integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from host.channel_group import ChannelGroup
from host.channel_groups import ChannelGroups
from host.distribution import COMPONENTS, SCALE_ONE, SCALES, STEPS, TOTAL_BITS
from host.kernels import kernels
from host.kernels.interface import ABOVE, BELOW, SIDE, Float32, Int16, Maps
from host.layout import (
    AROUND_TAPS,
    CAUSAL_TAPS,
    HIDDEN_BITS,
    LAW_BITS,
    LEAK_BITS,
    SCALE_EXCESS,
    WEIGHT_EXCESS,
    features_of,
    parts_of,
)
from ops import IntegerArray

KINDS = 3
"""Kinds of raw parameters: logits, means, log scales."""

RAW_SHIFT = LAW_BITS - 4
BAND = 2048
"""Positions whose raw parameters are in memory at a time, or those of one row."""

CANDIDATES = 3
"""For each latent: a value, the one nearer to zero, and zero."""


class Prices(NamedTuple):
    """Bits by the distributions that all symbols [M, H, W] give each other.

    `bits` [3, M, H, W]: of the candidates of each latent. `of_magnitudes`, `of_values` and `of_symbols` [M, H, W]: what
    the bits of all other symbols grow by, to first order, for one unit of a symbol's features (2^-9), and of itself.
    """

    bits: Float32
    of_magnitudes: Float32
    of_values: Float32
    of_symbols: Float32


def find_prices(model: ChannelGroups, symbols: IntegerArray, candidates: IntegerArray, position: int) -> Prices:
    """Prices of symbols, and bits of `candidates`, of those one nearer to zero, and of zeros."""
    maps = model.maps_of(symbols)
    flat, width = FlatMaps(maps), symbols.shape[2]
    bits = np.empty((CANDIDATES, *symbols.shape), np.float32)
    values, first, twins = candidates.transpose(1, 2, 0).astype(np.int16), 0, []
    for group in model.groups:
        twin = GroupTwin(group, first, position)
        channels = slice(first, first + twin.count)
        for rows in _bands(*symbols.shape[1:]):
            asked = np.ascontiguousarray(values[rows, :, channels]).reshape(-1, twin.count)
            found = twin.add_prices(flat.band(rows), asked)
            bits[:, channels, rows] = found.transpose(0, 2, 1).reshape(CANDIDATES, twin.count, -1, width)
        twins.append(twin)
        first += twin.count
    return Prices(bits, *flat.gradients(twins))


def _bands(height: int, width: int) -> Iterator[slice]:
    step = max(1, BAND // width)
    for start in range(0, height, step):
        yield slice(start, min(start + step, height))


class Band(NamedTuple):
    """Some rows of flat maps, and of the gradients by them: their first position, how many, and how wide a row is."""

    maps: FlatMaps
    first: int
    positions: int

    def at(self, image: Float32, offset: int, channels: slice) -> Float32:
        """What lies at an offset from all positions."""
        start = self.first + offset
        return image[start : start + self.positions, channels]

    def inside(self, matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Without the margins to the sides, [P, ...]."""
        rows = matrix.reshape(-1, self.maps.width, matrix.shape[1])[:, SIDE:-SIDE]
        return np.ascontiguousarray(rows).reshape(-1, matrix.shape[1])

    def outside(self, matrix: Float32) -> Float32:
        """With zeros in the margins."""
        columns = matrix.shape[1]
        rows = matrix.reshape(-1, self.maps.width - 2 * SIDE, columns)
        return np.pad(rows, ((0, 0), (SIDE, SIDE), (0, 0))).reshape(-1, columns)


class FlatMaps:
    """Maps of a picture as matrices of positions, rows of W + 4 after another, and the gradients by them; a tap is an
    offset."""

    def __init__(self, maps: Maps) -> None:
        self.width = maps.symbols.shape[1]
        self.symbols, self.features = (_flat(image) for image in maps)
        self.by_symbols, self.by_features = np.zeros_like(self.symbols), np.zeros_like(self.features)
        self.around, self.causal = (
            [SIDE + int((ABOVE + y) * self.width + x) for y, x in taps] for taps in (AROUND_TAPS, CAUSAL_TAPS)
        )

    def band(self, rows: slice) -> Band:
        """Of some rows of the picture."""
        return Band(self, rows.start * self.width, (rows.stop - rows.start) * self.width)

    def gradients(self, twins: list[GroupTwin]) -> tuple[Float32, Float32, Float32]:
        """By magnitudes, values and symbols, each [M, H, W]."""
        features = self._inside(self.by_features)
        magnitudes, values = [], []
        for twin in twins:
            start, signed = twin.layers.start, twin.layers.width - twin.count
            magnitudes.append(features[start : start + twin.count])
            values.append(features[start + twin.count : start + twin.layers.width])
            values.append(np.zeros_like(magnitudes[-1][signed:]))
        return np.concatenate(magnitudes), np.concatenate(values), self._inside(self.by_symbols)

    def _inside(self, image: Float32) -> Float32:
        whole = image[SIDE:-SIDE].reshape(-1, self.width, image.shape[1])
        return whole[ABOVE:-BELOW, SIDE:-SIDE].transpose(2, 0, 1)


def _flat(image: Int16) -> Float32:
    """With as many positions more before and behind as taps reach to the sides."""
    matrix = image.reshape(-1, image.shape[2])
    return np.pad(matrix.astype(np.float32), ((SIDE, SIDE), (0, 0)))


class Slopes(NamedTuple):
    """Of a group's rectifiers, each [P, N]: of the first, and of the second for each part."""

    first: Float32
    second: list[Float32]


class PartOfGroup:
    """Which of a group's features and raw parameters are those of some of its channels."""

    def __init__(self, channels: slice, count: int, width: int) -> None:
        self.features = features_of(channels, count, width - count)
        self.outputs = np.arange(KINDS * COMPONENTS * count).reshape(-1, count)[:, channels].ravel()


class GroupTwin:
    """One group at a position of the quality, in floats."""

    def __init__(self, group: ChannelGroup, first: int, position: int) -> None:
        layers = group.layers(first, position)
        self.layers, self.count = layers, group.channels
        self.before = _by_tap(layers.before, len(AROUND_TAPS))
        self.own = _by_tap(layers.own, len(CAUSAL_TAPS))
        self.middle = layers.middle.T + np.diag(_power(layers.middle_places))
        self.within = layers.within * _power(layers.within_places)
        self.laws = layers.laws.T * _power(-layers.law_shifts - RAW_SHIFT)
        self.law_bias = layers.law_bias * np.float32(2.0**-RAW_SHIFT)
        self.scale = layers.scale * np.float32(2.0 ** -(SCALE_EXCESS + RAW_SHIFT))
        self.mean = layers.mean * np.float32(2.0 ** -(WEIGHT_EXCESS + RAW_SHIFT))
        self.has_means = bool(group.mean.size)
        self.before_channels = slice(0, layers.start)
        self.own_features = slice(layers.start, layers.start + layers.width)
        self.own_magnitudes = slice(layers.start, layers.start + self.count)
        self.own_symbols = slice(first, first + self.count)
        self.parts = [PartOfGroup(part, self.count, layers.width) for part in parts_of(self.count)]

    def add_prices(self, band: Band, candidates: Int16) -> Float32:
        """Adds to the gradients what the band's own symbols have; the bits [3, P, G] of candidates [P, G]."""
        raw, slopes = self._forward(band)
        inner, maps = band.inside(raw), band.maps
        symbols = band.inside(band.at(maps.symbols, maps.around[4], self.own_symbols))
        self._backward(band, slopes, band.outside(distribution_gradient(inner, symbols)))
        limit = 1 << (HIDDEN_BITS - 1)
        return kernels().costs(np.rint(inner).clip(-limit, limit - 1).astype(np.int16), candidates)

    def _forward(self, band: Band) -> tuple[Float32, Slopes]:
        """Raw parameters [P, 6 * G] in sixteenths, and the slopes of the rectifiers."""
        layers, maps = self.layers, band.maps
        sums = np.tile(layers.hidden_bias.astype(np.float32), (band.positions, 1))
        for offset, weights in zip(maps.around, self.before, strict=True):
            sums += band.at(maps.features, offset, self.before_channels) @ weights
        for offset, weights in zip(maps.causal, self.own, strict=True):
            sums += band.at(maps.features, offset, self.own_features) @ weights
        hidden, first = _rectified(sums, _power(-layers.hidden_shifts))
        raw, second = self._part_by_part(band, hidden @ self.middle + layers.middle_bias)
        parts = raw.reshape(-1, KINDS, COMPONENTS, self.count)
        for offset, scale, mean in zip(maps.causal, self.scale, self.mean, strict=True):
            parts[:, 2] += (band.at(maps.features, offset, self.own_magnitudes) * scale)[:, None]
            if self.has_means:
                parts[:, 1] += (band.at(maps.symbols, offset, self.own_symbols) * mean)[:, None]
        return raw, Slopes(first, second)

    def _part_by_part(self, band: Band, sums: Float32) -> tuple[Float32, list[Float32]]:
        """Raw parameters but for what neighbours add, from sums [P, N] to which each part adds for those after it."""
        raw, slopes = np.empty((band.positions, len(self.law_bias)), np.float32), []
        factors, own = (
            _power(-self.layers.middle_shifts),
            band.at(band.maps.features, band.maps.around[4], self.own_features),
        )
        for part in self.parts:
            hidden, slope = _rectified(sums, factors)
            raw[:, part.outputs] = hidden @ self.laws[:, part.outputs] + self.law_bias[part.outputs]
            sums = sums + own[:, part.features] @ self.within[part.features]
            slopes.append(slope)
        return raw, slopes

    def _backward(self, band: Band, slopes: Slopes, gradient: Float32) -> None:
        """Adds what bits have by features and symbols, of which raw parameters have a `gradient` [P, 6 * G]."""
        maps = band.maps
        sums = (self._backward_part_by_part(band, slopes.second, gradient) @ self.middle.T) * slopes.first
        parts = gradient.reshape(-1, KINDS, COMPONENTS, self.count).sum(2)
        for offset, weights in zip(maps.around, self.before, strict=True):
            below = band.at(maps.by_features, offset, self.before_channels)
            below += sums @ weights.T
        for offset, weights, scale, mean in zip(maps.causal, self.own, self.scale, self.mean, strict=True):
            below = band.at(maps.by_features, offset, self.own_features)
            below += sums @ weights.T
            below[:, : self.count] += parts[:, 2] * scale
            if self.has_means:
                below = band.at(maps.by_symbols, offset, self.own_symbols)
                below += parts[:, 1] * mean

    def _backward_part_by_part(self, band: Band, slopes: list[Float32], gradient: Float32) -> Float32:
        """What bits have by the sums [P, N] before the second rectifier; adds what they have by what parts told."""
        sums = np.zeros((band.positions, len(self.within.T)), np.float32)
        below = band.at(band.maps.by_features, band.maps.around[4], self.own_features)
        for part, slope in zip(reversed(self.parts), reversed(slopes), strict=True):
            below[:, part.features] += sums @ self.within[part.features].T
            sums += (gradient[:, part.outputs] @ self.laws[:, part.outputs].T) * slope
        return sums


def _by_tap(weights: Int16, taps: int) -> list[Float32]:
    """Weights [N, taps * C] as a matrix [C, N] for each tap."""
    return [part.T.astype(np.float32) for part in np.split(weights, taps, 1)]


def _power(exponents: npt.NDArray[np.integer[Any]]) -> Float32:
    return np.exp2(exponents.astype(np.float32))


def _rectified(sums: Float32, factors: Float32) -> tuple[Float32, Float32]:
    """Behind the leaky rectifier and times factors, and its slopes."""
    slopes = np.where(sums < 0, np.float32(2.0**-LEAK_BITS), np.float32(1)) * factors
    return sums * slopes, slopes


def distribution_gradient(raw: Float32, symbols: Float32) -> Float32:
    """The gradient [P, 6 * G] of the bits of symbols [P, G] by raw parameters [P, 6 * G] in sixteenths."""
    logits, means, log_scales = raw.reshape(len(raw), KINDS, COMPONENTS, -1).transpose(1, 2, 0, 3) / np.float32(STEPS)
    least = np.float32(SCALE_ONE / STEPS)
    inverse = np.exp(-log_scales.clip(-least, (SCALES - 1 - SCALE_ONE) / STEPS))
    terms = np.exp(logits - logits.max(0))
    weights = terms / terms.sum(0)
    distance = symbols - means
    far = np.abs(distance)
    upper, lower = (far + np.float32(0.5)) * inverse, (far - np.float32(0.5)) * inverse
    above, below = np.exp(-upper) / 2, np.exp(-np.abs(lower)) / 2
    masses = np.where(lower > 0, below, 1 - below) - above
    shares = weights * masses
    total = shares.sum(0) + np.float32(2.0**-TOTAL_BITS)
    result = np.empty((len(raw), KINDS, COMPONENTS, symbols.shape[1]), np.float32)
    unit = np.float32(-1 / (np.log(2) * STEPS))
    shares *= unit / total
    result[:, 0] = (shares - weights * unit * (1 - np.float32(2.0**-TOTAL_BITS) / total)).transpose(1, 0, 2)
    slope = weights * (unit / total)
    result[:, 1] = (slope * (below - above) * inverse * np.sign(distance)).transpose(1, 0, 2)
    result[:, 2] = (slope * (lower * below - upper * above)).transpose(1, 0, 2)
    return result.reshape(len(raw), -1)
