"""The inner loops compiled by numba; sums of products of 16-bit numbers become one instruction each of vector units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from host.kernels import Int16, Int32
from host.law import (
    LATENT_HIGH,
    LATENT_LOW,
    LEVEL_ZERO,
    LEVELS,
    LOWEST_START,
    RADIUS,
    STEPS,
    TOTAL,
    TOTAL_BITS,
    WEIGHT_BITS,
    WINDOW,
)

SYMBOLS = WINDOW + 1
FREE = TOTAL - SYMBOLS
LAST_START = -LOWEST_START - SYMBOLS


@njit(cache=True, nogil=True)
def _clip(value: Any, low: Any, high: Any) -> int:
    return int(min(max(value, low), high))


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True, error_model="numpy")
def window_rows(
    raw: Int16, components: int, exponentials: Int32, distribution: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.float64], Int32]:
    """See `Kernels.window_rows`."""
    channels = raw.shape[1] // (3 * components)
    rows = np.empty((len(raw) * channels, SYMBOLS), np.float64)
    lows = np.empty(len(raw) * channels, np.int32)
    tables = distribution.reshape(-1, distribution.shape[2])
    for position in range(len(raw)):
        logits, means, log_scales = raw[position].reshape(3, components, channels)
        first = position * channels
        weights = _weights(logits, exponentials)
        low = _windows(weights, means)
        lows[first : first + channels] = low
        _fill(rows[first : first + channels], low, weights, means, log_scales, tables)
    return rows, lows


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(logits: Int16, exponentials: Int32) -> npt.NDArray[np.uint64]:
    """Weights [K, M] of the components, which sum to 2**16."""
    largest, first = logits[0].copy(), np.zeros(logits.shape[1], np.int32)
    for k in range(1, len(logits)):
        for m in range(logits.shape[1]):
            is_larger = logits[k, m] > largest[m]
            first[m] = k if is_larger else first[m]
            largest[m] = logits[k, m] if is_larger else largest[m]
    weights = np.empty(logits.shape, np.uint64)
    totals = np.zeros(logits.shape[1], np.uint64)
    missing = np.full(logits.shape[1], 1 << WEIGHT_BITS, np.uint64)
    for k in range(len(logits)):
        for m in range(logits.shape[1]):
            difference = np.int64(largest[m]) - np.int64(logits[k, m])
            weights[k, m] = exponentials[_clip(difference, 0, len(exponentials) - 1)]
            totals[m] += weights[k, m]
    for k in range(len(logits)):
        for m in range(logits.shape[1]):
            weights[k, m] = (weights[k, m] << np.uint64(WEIGHT_BITS)) // totals[m]
            missing[m] -= weights[k, m]
    for m in range(logits.shape[1]):
        weights[first[m], m] += missing[m]
    return weights


@njit(cache=True, nogil=True, error_model="numpy")
def _windows(weights: npt.NDArray[np.uint64], means: Int16) -> Int32:
    """The lowest value of each window, [M]."""
    sums = np.full(means.shape[1], 1 << (WEIGHT_BITS + 3), np.int64)
    for k in range(len(means)):
        for m in range(means.shape[1]):
            sums[m] += np.int64(weights[k, m]) * means[k, m]
    lows = np.empty(means.shape[1], np.int32)
    for m in range(means.shape[1]):
        lows[m] = _clip(sums[m] >> (WEIGHT_BITS + 4), RADIUS + LATENT_LOW, LATENT_HIGH - RADIUS) - RADIUS
    return lows


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(
    rows: npt.NDArray[np.float64],
    lows: Int32,
    weights: npt.NDArray[np.uint64],
    means: Int16,
    log_scales: Int16,
    tables: npt.NDArray[np.uint32],
) -> None:
    """Counts less one of the window and of the escape."""
    # one entry more, equal to the last: the loop over differences has 64 steps, whole vectors, and the escape is free
    masses = np.empty(SYMBOLS + 1, np.uint64)
    for m in range(len(rows)):
        masses[:] = 0
        for k in range(len(weights)):
            edge = STEPS * (np.int64(lows[m]) - 1) + STEPS // 2 - means[k, m]
            level = _clip(np.int64(log_scales[k, m]) + LEVEL_ZERO, 0, LEVELS - 1)
            start = _clip(edge >> 4, LOWEST_START, LAST_START) - LOWEST_START
            table = tables[level * STEPS + (edge & 15)][start : start + SYMBOLS]
            for i in range(SYMBOLS):
                masses[i] += weights[k, m] * np.uint64(table[i])
        masses[SYMBOLS] = masses[SYMBOLS - 1]
        row, escape = rows[m], np.int64(FREE)
        for i in range(SYMBOLS):
            mass = (masses[i + 1] >> np.uint64(WEIGHT_BITS)) - (masses[i] >> np.uint64(WEIGHT_BITS))
            count = np.int64((mass * np.uint64(FREE)) >> np.uint64(TOTAL_BITS))
            row[i] = count
            escape -= count
        row[SYMBOLS - 1] = escape
