"""The inner loops in plain numpy: slow, easy to read, and what the compiled ones must equal.

Products are taken in float64, which is exact: no sum reaches 2**31.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from host.coder import RangeDecoder, RangeEncoder
from host.distribution import COMPONENTS, FREE, SCALE_ONE, SCALES, STEPS, TOTAL, TOTAL_BITS, WEIGHT_BITS, tables
from host.kernels.interface import ABOVE, BELOW, SIDE, Decoder, Encoder, Float32, Int16, Int32, Layers, Maps
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
from host.steps import SYMBOL_HIGH, SYMBOL_LOW
from host.waves import waves
from ops import IntegerArray

NEAR = 6
"""Values to each side of the centre of a distribution whose edges are computed for a whole wave at once."""

EVERY_VALUE = np.arange(SYMBOL_LOW, SYMBOL_HIGH + 2)
"""And the end."""


def encoder() -> Encoder:
    """See `Kernels.encoder`."""
    return RangeEncoder()


def decoder(words: npt.NDArray[np.uint16]) -> Decoder:
    """See `Kernels.decoder`."""
    return RangeDecoder(words)


def fill_features(maps: Maps, layers: Layers) -> None:
    """See `Kernels.fill_features`."""
    count = layers.scale.shape[1]
    symbols = maps.symbols[:, :, layers.first : layers.first + count]
    maps.features[:, :, layers.start : layers.start + layers.width] = _features(symbols, layers.width)


def _features(symbols: Int16, width: int) -> Int16:
    """Magnitudes of symbols [..., G], then values of the first width - G."""
    known = tables()
    sizes = np.abs(symbols)
    signed = slice(0, width - symbols.shape[-1])
    values = np.sign(symbols[..., signed]) * known.values[sizes[..., signed]]
    return np.concatenate([known.magnitudes[sizes], values], axis=-1)


def sums_before(maps: Maps, layers: Layers) -> Int32:
    """See `Kernels.sums_before`."""
    rows, columns = _grid(maps, slice(None))
    seen = maps.features[:, :, : layers.start]
    return _product(_below(seen, AROUND_TAPS, rows, columns), layers.before, layers.hidden_bias).astype(np.int32)


def raw_parameters(maps: Maps, layers: Layers, before: Int32, rows: slice) -> Int16:
    """See `Kernels.raw_parameters`."""
    wave = Wave(maps, layers, before, *_grid(maps, rows))
    raw = []
    for part in parts_of(wave.count):
        raw.append(wave.raw_of(part))
        wave.tell(part)
    return np.concatenate(raw, -1).reshape(len(wave.rows), -1)


def _grid(maps: Maps, rows: slice) -> tuple[IntegerArray, IntegerArray]:
    """Rows and columns of all positions of some rows."""
    height, width = maps.symbols.shape[0] - ABOVE - BELOW, maps.symbols.shape[1] - 2 * SIDE
    taken = np.arange(height)[rows]
    return np.repeat(taken, width), np.tile(np.arange(width), len(taken))


def _below(image: Int16, taps: IntegerArray, rows: IntegerArray, columns: IntegerArray) -> Int16:
    """What lies below taps (row, column) around P positions, [P, T * C]."""
    below = image[ABOVE + rows[:, None] + taps[:, 0], SIDE + columns[:, None] + taps[:, 1]]
    return below.reshape(len(rows), -1)


def _product(inputs: Int16, weights: Int16, bias: Int32) -> IntegerArray:
    """Sums [P, O] of inputs [P, L] by weights [O, L], and a bias."""
    return (inputs.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64) + bias


def _rounded(sums: IntegerArray, shifts: Int32 | int) -> IntegerArray:
    return (sums + (1 << np.asarray(shifts, np.int64) >> 1)) >> shifts


def _clipped(values: IntegerArray) -> Int16:
    limit = 1 << (HIDDEN_BITS - 1)
    return np.clip(values, -limit, limit - 1).astype(np.int16)


def _rectified(sums: IntegerArray) -> IntegerArray:
    return np.where(sums < 0, sums >> LEAK_BITS, sums)


class Wave:
    """P positions of a group whose causal neighbours are known; its parts become known one after the other."""

    def __init__(self, maps: Maps, layers: Layers, before: Int32, rows: IntegerArray, columns: IntegerArray) -> None:
        self.maps, self.layers, self.rows, self.columns = maps, layers, rows, columns
        self.count = layers.scale.shape[1]
        width = maps.symbols.shape[1] - 2 * SIDE
        self.own = maps.features[:, :, layers.start : layers.start + layers.width]
        seen = _product(_below(self.own, CAUSAL_TAPS, rows, columns), layers.own, np.zeros(1, np.int32))
        hidden = _clipped(_rounded(_rectified(seen + before[rows * width + columns]), layers.hidden_shifts))
        kept = hidden.astype(np.int64) << layers.middle_places
        self.sums = _product(hidden, layers.middle, layers.middle_bias) + kept

    def raw_of(self, part: slice) -> Int16:
        """Raw parameters [P, 3, COMPONENTS, G of the part] of the next part."""
        layers, channels = self.layers, slice(self.layers.first + part.start, self.layers.first + part.stop)
        hidden = _clipped(_rounded(_rectified(self.sums), layers.middle_shifts))
        outputs = np.arange(len(layers.laws)).reshape(3, COMPONENTS, -1)[:, :, part]
        laws, none = layers.laws[outputs.ravel()], np.zeros(1, np.int32)
        raw = _rounded(_product(hidden, laws, none).reshape(-1, *outputs.shape), layers.law_shifts[outputs])
        raw += layers.law_bias[outputs]
        means = self._weighted(self.maps.symbols[:, :, channels], layers.mean[:, part])
        scales = self._weighted(self.own[:, :, part], layers.scale[:, part])
        raw[:, 1] += _rounded(means, WEIGHT_EXCESS)[:, None]
        raw[:, 2] += _rounded(scales, SCALE_EXCESS)[:, None]
        return _clipped(_rounded(raw, LAW_BITS - 4))

    def tell(self, part: slice) -> None:
        """Adds what the features of a part that is known now say."""
        layers = self.layers
        told = features_of(part, self.count, layers.width - self.count)
        features = self.own[ABOVE + self.rows, SIDE + self.columns][:, told]
        self.sums += _product(features, layers.within[told].T, np.zeros(1, np.int32)) << layers.within_places

    def _weighted(self, image: Int16, weights: Int16) -> IntegerArray:
        """Weighted sums [P, G] of each channel's causal neighbours."""
        below = _below(image, CAUSAL_TAPS, self.rows, self.columns).reshape(len(self.rows), *weights.shape)
        return (below.astype(np.int64) * weights).sum(1)


class Mixtures(NamedTuple):
    """Distributions of latents [...]: weights, means in sixteenths and scales of both parts, each [2, ...]."""

    weights: IntegerArray
    means: IntegerArray
    scales: IntegerArray

    def centre(self) -> IntegerArray:
        """The mean in whole values."""
        sums = (self.weights * self.means).sum(0)
        return np.clip(_rounded(sums, WEIGHT_BITS + 4), SYMBOL_LOW, SYMBOL_HIGH)

    def edges(self, values: IntegerArray) -> IntegerArray:
        """How many counts lie below values, which broadcast with the distributions."""
        known = tables()
        units, starts = known.units[self.scales], known.starts[self.scales]
        lengths = known.starts[self.scales + 1] - starts
        distances = _rounded(STEPS * (values - 1) + STEPS // 2 - self.means, units)
        tails = known.tails[starts + np.minimum(np.abs(distances), lengths - 1)]
        below = (self.weights * np.where(distances < 0, tails, TOTAL - tails)).sum(0) >> WEIGHT_BITS
        below = np.where(values <= SYMBOL_LOW, 0, np.where(values > SYMBOL_HIGH, TOTAL, below))
        return values - SYMBOL_LOW + (below * FREE >> TOTAL_BITS)

    def around(self, values: IntegerArray) -> IntegerArray:
        """The edges [..., V] of values [..., V] or [V] of each distribution."""
        return Mixtures(*(part[..., None] for part in self)).edges(values)

    def at(self, place: tuple[int, int]) -> Mixtures:
        """The distribution of one latent."""
        return Mixtures(*(part[:, place[0], place[1]] for part in self))


def mixtures(raw: Int16) -> Mixtures:
    """The distributions [P, G] of raw parameters [P, 6 * G]."""
    logits, means, log_scales = raw.astype(np.int64).reshape(len(raw), 3, COMPONENTS, -1).transpose(1, 2, 0, 3)
    largest, exponentials = logits.max(0), tables().exponentials.astype(np.int64)
    terms = exponentials[np.minimum(largest - logits, len(exponentials) - 1)]
    weights = (terms << WEIGHT_BITS) // terms.sum(0)
    missing = (1 << WEIGHT_BITS) - weights.sum(0)
    first = logits.argmax(0)[None]
    np.put_along_axis(weights, first, np.take_along_axis(weights, first, 0) + missing, 0)
    return Mixtures(weights, means, np.clip(log_scales + SCALE_ONE, 0, SCALES - 1))


def intervals(raw: Int16, symbols: Int16) -> tuple[Int32, Int32]:
    """See `Kernels.intervals`."""
    distributions, values = mixtures(raw), symbols.astype(np.int64)
    lefts = distributions.edges(values)
    return lefts.astype(np.int32), (distributions.edges(values + 1) - lefts).astype(np.int32)


def costs(raw: Int16, symbols: Int16) -> Float32:
    """See `Kernels.costs`."""
    distributions, values = mixtures(raw), symbols.astype(np.int64)
    candidates = values, values - np.sign(values), np.zeros_like(values)
    counts = np.stack([distributions.edges(value + 1) - distributions.edges(value) for value in candidates])
    return (TOTAL_BITS - np.log2(counts.astype(np.float32))).astype(np.float32)


def decode_group(decoder: Decoder, maps: Maps, layers: Layers, before: Int32) -> None:
    """See `Kernels.decode_group`."""
    height, width = maps.symbols.shape[0] - ABOVE - BELOW, maps.symbols.shape[1] - 2 * SIDE
    for rows, columns in waves(height, width):
        wave, y, x = Wave(maps, layers, before, rows, columns), ABOVE + rows, SIDE + columns
        for part in parts_of(wave.count):
            raw = wave.raw_of(part)
            found = _decoded(cast(RangeDecoder, decoder), mixtures(raw.reshape(len(rows), -1)))
            maps.symbols[y, x, layers.first + part.start : layers.first + part.stop] = found
            told = features_of(part, wave.count, layers.width - wave.count)
            maps.features[y[:, None], x[:, None], layers.start + np.array(told)] = _features(found, len(told))
            wave.tell(part)


def _decoded(decoder: RangeDecoder, distributions: Mixtures) -> Int16:
    """The next symbols, one for each distribution [P, G]."""
    lows = np.clip(distributions.centre() - NEAR, SYMBOL_LOW, SYMBOL_HIGH + 1 - 2 * NEAR)
    near = distributions.around(lows[..., None] + np.arange(2 * NEAR + 1)).reshape(lows.size, -1).tolist()
    found = []
    for index, centre in enumerate(lows.ravel().tolist()):
        low, edges, quantile = centre, near[index], decoder.quantile()
        if not edges[0] <= quantile < edges[-1]:
            low, edges = SYMBOL_LOW, distributions.at(divmod(index, lows.shape[1])).around(EVERY_VALUE).tolist()
        symbol = bisect_right(edges, quantile) - 1
        decoder.take(edges[symbol], edges[symbol + 1] - edges[symbol])
        found.append(low + symbol)
    return np.array(found, np.int16).reshape(lows.shape)
