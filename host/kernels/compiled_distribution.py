"""Distributions of latents in machine code: what they give symbols of the range coder, what symbols would cost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from host.distribution import FREE, SCALE_ONE, SCALES, STEPS, TOTAL, TOTAL_BITS, WEIGHT_BITS, Tables, tables
from host.kernels.interface import Float32, Int16, Int32
from host.steps import SYMBOL_HIGH, SYMBOL_LOW

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The function in machine code, which numba keeps beside the file; it is made anew where that file has changed."""
    compile_it = numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
    return cast(Function, compile_it(function))


@compiled
def mixture_of(raw: Int16, count: int, index: int, known: Tables) -> Any:
    """Weights, means and scales of the distributions of one latent."""
    first, second = np.int64(raw[index]), np.int64(raw[count + index])
    last = np.int64(len(known.exponentials) - 1)
    rarer = np.int64(known.exponentials[min(abs(first - second), last)])
    weight = (rarer << WEIGHT_BITS) // (rarer + (1 << WEIGHT_BITS))
    other = (1 << WEIGHT_BITS) - weight
    weights = (other, weight) if first >= second else (weight, other)
    scales = (_scale_index(raw[4 * count + index]), _scale_index(raw[5 * count + index]))
    means = np.int64(raw[2 * count + index]), np.int64(raw[3 * count + index])
    return weights[0], weights[1], means[0], means[1], scales[0], scales[1]


@compiled
def _scale_index(log_scale: Any) -> Any:
    return min(max(np.int64(log_scale) + SCALE_ONE, 0), SCALES - 1)


@compiled
def _tail_below(distance: Any, scale: Any, known: Tables) -> Any:
    """The distribution function of a Laplace distribution at a distance in sixteenths from its mean."""
    unit = np.int64(known.units[scale])
    units = (distance + ((np.int64(1) << unit) >> np.int64(1))) >> unit
    start = np.int64(known.starts[scale])
    tail = np.int64(known.tails[min(start + abs(units), np.int64(known.starts[scale + 1]) - 1)])
    return tail if units < 0 else TOTAL - tail


@compiled
def left_edge(mixture: Any, value: Any, known: Tables) -> Any:
    """How many counts lie below a value."""
    if value <= SYMBOL_LOW:
        return np.int64(0)
    if value > SYMBOL_HIGH:
        return np.int64(TOTAL)
    edge = STEPS * (value - 1) + STEPS // 2
    below = mixture[0] * _tail_below(edge - mixture[2], mixture[4], known) + mixture[1] * _tail_below(
        edge - mixture[3], mixture[5], known
    )
    return value - SYMBOL_LOW + ((below >> WEIGHT_BITS) * FREE >> TOTAL_BITS)


@compiled
def _intervals(raw: Int16, symbols: Int16, known: Tables) -> tuple[Int32, Int32]:
    lefts, counts = np.empty(symbols.shape, np.int32), np.empty(symbols.shape, np.int32)
    for place in range(len(symbols)):
        for index in range(symbols.shape[1]):
            mixture, value = mixture_of(raw[place], symbols.shape[1], index, known), np.int64(symbols[place, index])
            left = left_edge(mixture, value, known)
            lefts[place, index], counts[place, index] = left, left_edge(mixture, value + 1, known) - left
    return lefts, counts


def intervals(raw: Int16, symbols: Int16) -> tuple[Int32, Int32]:
    """See `Kernels.intervals`."""
    return _intervals(raw, symbols, tables())


@compiled
def _bits(mixture: Any, value: Any, known: Tables) -> Any:
    return np.float32(TOTAL_BITS) - np.float32(
        math.log2(left_edge(mixture, value + 1, known) - left_edge(mixture, value, known))
    )


@compiled
def _costs(raw: Int16, symbols: Int16, known: Tables) -> Float32:
    result = np.empty((3, symbols.shape[0], symbols.shape[1]), np.float32)
    for place in range(len(symbols)):
        for index in range(symbols.shape[1]):
            mixture, value = mixture_of(raw[place], symbols.shape[1], index, known), np.int64(symbols[place, index])
            zero = _bits(mixture, np.int64(0), known)
            nearer = value - 1 if value > 0 else value + 1
            result[0, place, index] = _bits(mixture, value, known) if value else zero
            result[1, place, index] = _bits(mixture, nearer, known) if abs(value) > 1 else zero
            result[2, place, index] = zero
    return result


def costs(raw: Int16, symbols: Int16) -> Float32:
    """See `Kernels.costs`."""
    return _costs(raw, symbols, tables())


@compiled
def find_value(mixture: Any, quantile: Any, known: Tables) -> tuple[int, int, int]:
    """The value that covers a quantile, its left edge and that of the next: from the centre in steps that double."""
    sums = mixture[0] * mixture[2] + mixture[1] * mixture[3] + (1 << (WEIGHT_BITS + 3))
    low = min(max(sums >> (WEIGHT_BITS + 4), SYMBOL_LOW), SYMBOL_HIGH)
    left, step = left_edge(mixture, low, known), 1
    if quantile >= left:
        high = low + 1
        right = left_edge(mixture, high, known)
        while quantile >= right:
            low, left, step = high, right, 2 * step
            high = min(high + step, SYMBOL_HIGH + 1)
            right = left_edge(mixture, high, known)
    else:
        high, right = low, left
        while quantile < left:
            high, right = low, left
            low = max(low - step, SYMBOL_LOW)
            left, step = left_edge(mixture, low, known), 2 * step
    while high - low > 1:
        middle = (low + high) >> 1
        edge = left_edge(mixture, middle, known)
        if quantile >= edge:
            low, left = middle, edge
        else:
            high, right = middle, edge
    return low, left, right
