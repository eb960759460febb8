"""The inner loops compiled by numba; sums of products of 16-bit numbers become one instruction each of vector units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from host.kernels import Int16, Int32
from host.law import LEVEL_ZERO, LEVELS, LOWEST_START, RADIUS, TOTAL, WEIGHT_BITS, WINDOW

FREE = TOTAL - WINDOW - 1
LAST_START = -LOWEST_START - WINDOW - 1


@njit(cache=True, nogil=True)
def _clip(value: Any, low: Any, high: Any) -> int:
    return int(min(max(value, low), high))


@njit(cache=True, nogil=True, boundscheck=False)
def multiply(patches: Int16, weights: Int16, bias: Int32, shifts: Int32, bits: int, leak: int) -> Int16:
    """See `Kernels.multiply`."""
    result = np.empty((len(patches), len(weights)), np.int16)
    limit = np.int64(1) << (bits - 1)
    for o in range(len(weights)):
        row, shift = weights[o], np.int64(shifts[o])
        half = (np.int64(1) << shift) >> 1
        for p in range(len(patches)):
            patch = patches[p]
            # numba widens every sum to 64 bits; narrowed at once it stays in 32, where it is proven to fit
            total = np.int32(0)
            for i in range(len(row)):
                total = np.int32(total + np.int32(row[i]) * np.int32(patch[i]))
            value = np.int64(total) + bias[o]
            if value < 0:
                value >>= leak
            result[p, o] = _clip((value + half) >> shift, -limit, limit - 1)
    return result


@njit(cache=True, nogil=True, boundscheck=False)
def window_rows(
    raw: Int16, components: int, exponentials: Int32, distribution: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.float64], Int32]:
    """See `Kernels.window_rows`."""
    channels = raw.shape[1] // (3 * components)
    rows = np.empty((len(raw) * channels, WINDOW + 1), np.float64)
    lows = np.empty(len(raw) * channels, np.int32)
    weights = np.empty(components, np.int64)
    masses = np.empty(WINDOW + 1, np.uint64)
    for position in range(len(raw)):
        for channel in range(channels):
            values = raw[position, channel::channels]
            low = _window(values, components, exponentials, weights)
            index = position * channels + channel
            lows[index] = low
            masses[:] = 0
            for k in range(components):
                edge = 16 * (low - 1) + 8 - np.int64(values[components + k])
                level = _clip(values[2 * components + k] + LEVEL_ZERO, 0, LEVELS - 1)
                start = _clip(edge >> 4, LOWEST_START, LAST_START) - LOWEST_START
                table = distribution[level, edge & 15, start : start + WINDOW + 1]
                weight = np.uint64(weights[k])
                for i in range(WINDOW + 1):
                    masses[i] += weight * np.uint64(table[i])
            _fill(rows[index], masses)
    return rows, lows


@njit(cache=True, nogil=True, boundscheck=False)
def _window(values: Int16, components: int, exponentials: Int32, weights: npt.NDArray[np.int64]) -> int:
    """Sets the weights of a mixture; the lowest value of its window."""
    first = 0
    for k in range(1, components):
        if values[k] > values[first]:
            first = k
    total = np.int64(0)
    for k in range(components):
        weights[k] = exponentials[min(np.int64(values[first]) - values[k], len(exponentials) - 1)]
        total += weights[k]
    missing = np.int64(1) << WEIGHT_BITS
    for k in range(components):
        weights[k] = (weights[k] << WEIGHT_BITS) // total
        missing -= weights[k]
    weights[first] += missing
    mean = np.int64(1) << (WEIGHT_BITS + 3)
    for k in range(components):
        mean += weights[k] * values[components + k]
    return _clip(mean >> (WEIGHT_BITS + 4), RADIUS - 128, 127 - RADIUS) - RADIUS


@njit(cache=True, nogil=True, boundscheck=False)
def _fill(row: npt.NDArray[np.float64], masses: npt.NDArray[np.uint64]) -> None:
    """Counts less one of the window and of the escape, from distribution functions in units of 2**-40."""
    escape = np.int64(FREE)
    for i in range(WINDOW):
        mass = (masses[i + 1] >> np.uint64(WEIGHT_BITS)) - (masses[i] >> np.uint64(WEIGHT_BITS))
        count = np.int64((mass * np.uint64(FREE)) >> np.uint64(24))
        row[i] = count
        escape -= count
    row[WINDOW] = escape
