"""The inner loops compiled by numba; sums of products of 16-bit numbers become one instruction each of vector units.

numba keeps machine code until the file of its function changes: `touch` this one after a change of
compiled_distribution.py.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from host.coder import FIRST_WORDS, LEAST_RANGE, PRECISION, impossible, truncated
from host.distribution import COMPONENTS, Tables, tables
from host.kernels.compiled_coder import CompiledRangeDecoder, CompiledRangeEncoder, State, Words
from host.kernels.compiled_distribution import compiled, costs, find_value, intervals, mixture_of
from host.kernels.interface import ABOVE, BELOW, SIDE, Decoder, Encoder, Int16, Int32, Layers, Maps
from host.layout import CAUSAL_TAPS, HIDDEN_BITS, LAW_BITS, LEAK_BITS, SCALE_EXCESS, WEIGHT_EXCESS, part_size
from host.waves import SLOPE

__all__ = [
    "costs",
    "decode_group",
    "decoder",
    "encoder",
    "fill_features",
    "intervals",
    "raw_parameters",
    "sums_before",
]

LIMIT = 1 << (HIDDEN_BITS - 1)
TAP_ROWS, TAP_COLUMNS = (np.ascontiguousarray(part) for part in CAUSAL_TAPS.T)
TAPS = len(CAUSAL_TAPS)
"""How many neighbours of a latent are known before it."""
FINE, TRUNCATED, IMPOSSIBLE = 0, 1, 2
"""What becomes of a decoder."""


@compiled
def _dot(inputs: Int16, weights: Int16) -> Any:
    """A sum of products in 32 bits, where it is proven to fit."""
    total = np.int32(0)
    for index in range(len(inputs)):
        # numba widens every sum to 64 bits; narrowed at once it stays in 32
        total = np.int32(total + np.int32(inputs[index]) * np.int32(weights[index]))
    return total


@compiled
def _rounded(total: Any, shift: Any) -> Any:
    wide = np.int64(total)
    return (wide + ((np.int64(1) << np.int64(shift)) >> np.int64(1))) >> np.int64(shift)


@compiled
def _clipped(value: Any) -> Any:
    return np.int16(min(max(value, -LIMIT), LIMIT - 1))


@compiled
def _rectified(total: Any) -> Any:
    return total >> LEAK_BITS if total < 0 else total


@compiled
def _fill(maps: Maps, layers: Layers, known: Tables, y: int, x: int, first: int, last: int) -> None:
    """The features of the group's channels `first` to `last` at row y, column x of the maps, margins counted."""
    symbols, features = maps.symbols[y, x], maps.features[y, x]
    count = layers.scale.shape[1]
    signed = layers.width - count
    for index in range(first, last):
        symbol = symbols[layers.first + index]
        features[layers.start + index] = known.magnitudes[abs(symbol)]
        if index < signed:
            value = known.values[abs(symbol)]
            features[layers.start + count + index] = -value if symbol < 0 else value


@compiled
def _fill_all(maps: Maps, layers: Layers, known: Tables) -> None:
    for y in range(maps.symbols.shape[0]):
        for x in range(maps.symbols.shape[1]):
            _fill(maps, layers, known, y, x, 0, layers.scale.shape[1])


def fill_features(maps: Maps, layers: Layers) -> None:
    """See `Kernels.fill_features`."""
    _fill_all(maps, layers, tables())


@compiled
def sums_before(maps: Maps, layers: Layers) -> Int32:
    """See `Kernels.sums_before`."""
    height, width = maps.symbols.shape[0] - ABOVE - BELOW, maps.symbols.shape[1] - 2 * SIDE
    depth = layers.start
    patch = np.empty(9 * depth, np.int16)
    result = np.empty((height * width, len(layers.hidden_bias)), np.int32)
    for y in range(height):
        for x in range(width):
            for tap in range(9):
                below = maps.features[ABOVE + y + tap // 3 - 1, SIDE + x + tap % 3 - 1]
                patch[tap * depth : (tap + 1) * depth] = below[:depth]
            row = result[y * width + x]
            for output in range(len(row)):
                row[output] = layers.hidden_bias[output] + _dot(patch, layers.before[output])
    return result


@compiled
def _hidden_at(
    maps: Maps, layers: Layers, before: Int32, y: int, x: int, patch: Int16, hidden: Int16, sums: Int32
) -> None:
    """Sums [N] before the second rectifier, at a position with margins counted, of what no part of the group has told
    yet; patch [12 * width] and hidden [N] are scratch."""
    for tap in range(TAPS):
        below = maps.features[y + TAP_ROWS[tap], x + TAP_COLUMNS[tap]]
        patch[tap * layers.width : (tap + 1) * layers.width] = below[layers.start : layers.start + layers.width]
    for output in range(len(sums)):
        total = _rectified(before[output] + _dot(patch, layers.own[output]))
        hidden[output] = _clipped(_rounded(total, layers.hidden_shifts[output]))
    for output in range(len(sums)):
        total = np.int64(layers.middle_bias[output]) + _dot(hidden, layers.middle[output])
        total += np.int64(hidden[output]) << np.int64(layers.middle_places[output])
        sums[output] = np.int32(total)


@compiled
def _neighbours_at(maps: Maps, layers: Layers, y: int, x: int, added: Int32) -> None:
    """What each channel's own neighbours add to its means and scales, into added [2, G]."""
    count = layers.scale.shape[1]
    added[:] = 0
    for tap in range(TAPS):
        row, column = y + TAP_ROWS[tap], x + TAP_COLUMNS[tap]
        symbols, features = maps.symbols[row, column, layers.first :], maps.features[row, column, layers.start :]
        mean, scale = layers.mean[tap], layers.scale[tap]
        for index in range(count):
            added[0, index] = np.int32(added[0, index] + np.int32(symbols[index]) * np.int32(mean[index]))
            added[1, index] = np.int32(added[1, index] + np.int32(features[index]) * np.int32(scale[index]))
    for index in range(count):
        added[0, index] = _rounded(added[0, index], WEIGHT_EXCESS)
        added[1, index] = _rounded(added[1, index], SCALE_EXCESS)


@compiled
def _raw_at(layers: Layers, first: int, last: int, added: Int32, sums: Int32, hidden: Int16, raw: Int16) -> None:
    """Raw parameters of channels `first` to `last`, into raw [6 * G]; hidden [N] is scratch."""
    count = layers.scale.shape[1]
    for output in range(len(sums)):
        hidden[output] = _clipped(_rounded(_rectified(sums[output]), layers.middle_shifts[output]))
    for index in range(first, last):
        for part in range(3 * COMPONENTS):
            output = part * count + index
            total = _rounded(_dot(hidden, layers.laws[output]), layers.law_shifts[output])
            total += layers.law_bias[output]
            if part >= COMPONENTS:
                total += added[part // COMPONENTS - 1, index]
            raw[output] = _clipped(_rounded(total, LAW_BITS - 4))


@compiled
def _tell(maps: Maps, layers: Layers, y: int, x: int, first: int, last: int, sums: Int32) -> None:
    """Adds to the sums [N] of a position what the features of its channels `first` to `last` say."""
    count = layers.scale.shape[1]
    for index in range(first, last):
        if maps.symbols[y, x, layers.first + index]:  # nearly all are zero, and so are their features
            _tell_one(maps.features[y, x, layers.start + index], layers, index, sums)
            if index < layers.width - count:
                _tell_one(maps.features[y, x, layers.start + count + index], layers, count + index, sums)


@compiled
def _tell_one(feature: Any, layers: Layers, index: int, sums: Int32) -> None:
    weights = layers.within[index]
    for output in range(len(sums)):
        told = np.int32(feature) * np.int32(weights[output])
        sums[output] = np.int32(sums[output] + np.int32(told << layers.within_places[output]))


@compiled
def _raw_of_rows(maps: Maps, layers: Layers, before: Int32, rows: slice, size: int) -> Int16:
    width, count = maps.symbols.shape[1] - 2 * SIDE, layers.scale.shape[1]
    patch, hidden = np.empty(TAPS * layers.width, np.int16), np.empty(before.shape[1], np.int16)
    sums, added = np.empty(before.shape[1], np.int32), np.empty((2, count), np.int32)
    raw = np.empty(((rows.stop - rows.start) * width, len(layers.laws)), np.int16)
    for place in range(len(raw)):
        y, x = ABOVE + rows.start + place // width, SIDE + place % width
        _hidden_at(maps, layers, before[rows.start * width + place], y, x, patch, hidden, sums)
        _neighbours_at(maps, layers, y, x, added)
        for first in range(0, count, size):
            last = min(first + size, count)
            _raw_at(layers, first, last, added, sums, hidden, raw[place])
            _tell(maps, layers, y, x, first, last, sums)
    return raw


def raw_parameters(maps: Maps, layers: Layers, before: Int32, rows: slice) -> Int16:
    """See `Kernels.raw_parameters`."""
    first, last, _ = rows.indices(maps.symbols.shape[0] - ABOVE - BELOW)
    return _raw_of_rows(maps, layers, before, slice(first, last), part_size(layers.scale.shape[1]))


def encoder() -> Encoder:
    """See `Kernels.encoder`."""
    return CompiledRangeEncoder()


def decoder(words: Words) -> Decoder:
    """See `Kernels.decoder`."""
    return CompiledRangeDecoder(words)


@compiled
def _decode(words: Words, state: State, raw: Int16, symbols: Int16, first: int, last: int, known: Tables) -> int:
    """The symbols of channels `first` to `last` of a position, into symbols [G], by raw [6 * G]."""
    offset, span, taken = state[0], state[1], np.int64(state[2])
    for index in range(first, last):
        mixture = mixture_of(raw, len(symbols), index, known)
        scale = span >> np.uint64(PRECISION)
        quantile = np.int64(offset // scale)
        if quantile >> PRECISION:
            return IMPOSSIBLE
        value, left, right = find_value(mixture, quantile, known)
        symbols[index] = value
        offset -= scale * np.uint64(left)
        span = scale * np.uint64(right - left)
        while span < np.uint64(LEAST_RANGE):
            if taken - FIRST_WORDS >= len(words) - 1:
                return TRUNCATED
            word = words[taken] if taken < len(words) else np.uint16(0)
            offset, span = (offset << np.uint64(16)) | np.uint64(word), span << np.uint64(16)
            taken += 1
    state[0], state[1], state[2] = offset, span, np.uint64(taken)
    return FINE


@compiled
def _decode_group(
    words: Words, state: State, maps: Maps, layers: Layers, before: Int32, known: Tables, size: int
) -> int:
    height, width = maps.symbols.shape[0] - ABOVE - BELOW, maps.symbols.shape[1] - 2 * SIDE
    count, hiddens = layers.scale.shape[1], before.shape[1]
    patch, hidden = np.empty(TAPS * layers.width, np.int16), np.empty(hiddens, np.int16)
    sums, added = np.empty((height, hiddens), np.int32), np.empty((height, 2, count), np.int32)
    raw = np.empty(len(layers.laws), np.int16)
    for time in range(width + SLOPE * (height - 1)):
        top, bottom = max(0, -(-(time - width + 1) // SLOPE)), min(height - 1, time // SLOPE) + 1
        for row in range(top, bottom):
            x = time - SLOPE * row
            _hidden_at(maps, layers, before[row * width + x], ABOVE + row, SIDE + x, patch, hidden, sums[row])
            _neighbours_at(maps, layers, ABOVE + row, SIDE + x, added[row])
        for first in range(0, count, size):
            last = min(first + size, count)
            for row in range(top, bottom):
                y, x = ABOVE + row, SIDE + time - SLOPE * row
                _raw_at(layers, first, last, added[row], sums[row], hidden, raw)
                symbols = maps.symbols[y, x, layers.first : layers.first + count]
                outcome = _decode(words, state, raw, symbols, first, last, known)
                if outcome != FINE:
                    return outcome
                _fill(maps, layers, known, y, x, first, last)
                _tell(maps, layers, y, x, first, last, sums[row])
    return FINE


def decode_group(decoder: Decoder, maps: Maps, layers: Layers, before: Int32) -> None:
    """See `Kernels.decode_group`."""
    taken = cast(CompiledRangeDecoder, decoder)
    size = part_size(layers.scale.shape[1])
    outcome = _decode_group(taken.words, taken.state, maps, layers, before, tables(), size)
    if outcome == IMPOSSIBLE:
        raise impossible()
    if outcome == TRUNCATED:
        raise truncated(len(taken.words))
