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
from host.layout import CAUSAL_TAPS, HIDDEN_BITS, LAW_BITS, LEAK_BITS, SCALE_EXCESS, WEIGHT_EXCESS
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
def _fill(maps: Maps, layers: Layers, known: Tables, y: int, x: int) -> None:
    """The features of the group at row y, column x of the maps, margins counted."""
    symbols, features = maps.symbols[y, x], maps.features[y, x]
    count = layers.scale.shape[1]
    signed = layers.width - count
    for index in range(count):
        symbol = symbols[layers.first + index]
        features[layers.start + index] = known.magnitudes[abs(symbol)]
        if index < signed:
            value = known.values[abs(symbol)]
            features[layers.start + count + index] = -value if symbol < 0 else value


@compiled
def _fill_all(maps: Maps, layers: Layers, known: Tables) -> None:
    for y in range(maps.symbols.shape[0]):
        for x in range(maps.symbols.shape[1]):
            _fill(maps, layers, known, y, x)


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
def _raw_at(maps: Maps, layers: Layers, before: Int32, y: int, x: int, patch: Int16, hidden: Int16, raw: Int16) -> None:
    """Raw parameters [6 * G] at a position with margins counted; patch [12 * width] and hidden [2, N] are scratch."""
    count = layers.scale.shape[1]
    for tap in range(TAPS):
        below = maps.features[y + TAP_ROWS[tap], x + TAP_COLUMNS[tap]]
        patch[tap * layers.width : (tap + 1) * layers.width] = below[layers.start : layers.start + layers.width]
    for output in range(len(before)):
        total = _rectified(before[output] + _dot(patch, layers.own[output]))
        hidden[0, output] = _clipped(_rounded(total, layers.hidden_shifts[output]))
    for output in range(len(before)):
        total = np.int64(layers.middle_bias[output]) + _dot(hidden[0], layers.middle[output])
        total += np.int64(hidden[0, output]) << np.int64(layers.middle_places[output])
        hidden[1, output] = _clipped(_rounded(_rectified(total), layers.middle_shifts[output]))
    for index in range(count):
        mean, scale = np.int32(0), np.int32(0)
        for tap in range(TAPS):
            row, column = y + TAP_ROWS[tap], x + TAP_COLUMNS[tap]
            mean += np.int32(maps.symbols[row, column, layers.first + index]) * np.int32(layers.mean[tap, index])
            scale += np.int32(patch[tap * layers.width + index]) * np.int32(layers.scale[tap, index])
        added = (0, _rounded(mean, WEIGHT_EXCESS), _rounded(scale, SCALE_EXCESS))
        for part in range(3 * COMPONENTS):
            output = part * count + index
            total = _rounded(_dot(hidden[1], layers.laws[output]), layers.law_shifts[output])
            total += layers.law_bias[output] + added[part // COMPONENTS]
            raw[output] = _clipped(_rounded(total, LAW_BITS - 4))


@compiled
def _raw_of_rows(maps: Maps, layers: Layers, before: Int32, first: int, last: int) -> Int16:
    width = maps.symbols.shape[1] - 2 * SIDE
    patch, hidden = np.empty(TAPS * layers.width, np.int16), np.empty((2, before.shape[1]), np.int16)
    raw = np.empty(((last - first) * width, len(layers.laws)), np.int16)
    for y in range(first, last):
        for x in range(width):
            place = (y - first) * width + x
            _raw_at(maps, layers, before[y * width + x], ABOVE + y, SIDE + x, patch, hidden, raw[place])
    return raw


def raw_parameters(maps: Maps, layers: Layers, before: Int32, rows: slice) -> Int16:
    """See `Kernels.raw_parameters`."""
    first, last, _ = rows.indices(maps.symbols.shape[0] - ABOVE - BELOW)
    return _raw_of_rows(maps, layers, before, first, last)


def encoder() -> Encoder:
    """See `Kernels.encoder`."""
    return CompiledRangeEncoder()


def decoder(words: Words) -> Decoder:
    """See `Kernels.decoder`."""
    return CompiledRangeDecoder(words)


@compiled
def _decode(words: Words, state: State, raw: Int16, symbols: Int16, known: Tables) -> int:
    """The symbols [G] of a position."""
    offset, span, taken = state[0], state[1], np.int64(state[2])
    for index in range(len(symbols)):
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
def _decode_group(words: Words, state: State, maps: Maps, layers: Layers, before: Int32, known: Tables) -> int:
    height, width = maps.symbols.shape[0] - ABOVE - BELOW, maps.symbols.shape[1] - 2 * SIDE
    count = layers.scale.shape[1]
    patch, hidden = np.empty(TAPS * layers.width, np.int16), np.empty((2, before.shape[1]), np.int16)
    raw = np.empty(len(layers.laws), np.int16)
    for time in range(width + SLOPE * (height - 1)):
        for y in range(max(0, -(-(time - width + 1) // SLOPE)), min(height - 1, time // SLOPE) + 1):
            x = time - SLOPE * y
            _raw_at(maps, layers, before[y * width + x], ABOVE + y, SIDE + x, patch, hidden, raw)
            symbols = maps.symbols[ABOVE + y, SIDE + x, layers.first : layers.first + count]
            outcome = _decode(words, state, raw, symbols, known)
            if outcome != FINE:
                return outcome
            _fill(maps, layers, known, ABOVE + y, SIDE + x)
    return FINE


def decode_group(decoder: Decoder, maps: Maps, layers: Layers, before: Int32) -> None:
    """See `Kernels.decode_group`."""
    taken = cast(CompiledRangeDecoder, decoder)
    outcome = _decode_group(taken.words, taken.state, maps, layers, before, tables())
    if outcome == IMPOSSIBLE:
        raise impossible()
    if outcome == TRUNCATED:
        raise truncated(len(taken.words))
