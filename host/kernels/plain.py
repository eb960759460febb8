"""The inner loops in plain numpy: slow, easy to read, and what the compiled ones must equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from host.kernels import Int16, Int32
from host.law import LATENT_HIGH, LATENT_LOW, LEVEL_ZERO, LEVELS, LOWEST_START, RADIUS, TOTAL, WEIGHT_BITS, WINDOW
from ops import IntegerArray


def multiply(patches: Int16, weights: Int16, bias: Int32, shifts: Int32, bits: int, leak: int) -> Int16:
    """See `Kernels.multiply`."""
    sums = patches.astype(np.int64) @ weights.astype(np.int64).T + bias
    sums = np.where(sums < 0, sums >> leak, sums)
    half = (np.int64(1) << shifts.astype(np.int64)) >> 1
    limit = 1 << (bits - 1)
    return np.clip((sums + half) >> shifts, -limit, limit - 1).astype(np.int16)


def window_rows(
    raw: Int16, components: int, exponentials: Int32, distribution: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.float64], Int32]:
    """See `Kernels.window_rows`."""
    logits, means, log_scales = raw.astype(np.int64).reshape(len(raw), 3, components, -1).transpose(1, 2, 0, 3)
    weights = _weights(logits, exponentials.astype(np.int64))
    centre = ((weights * means).sum(0) + (1 << (WEIGHT_BITS + 3))) >> (WEIGHT_BITS + 4)
    low = np.clip(centre, RADIUS + LATENT_LOW, LATENT_HIGH - RADIUS) - RADIUS
    levels = np.clip(log_scales + LEVEL_ZERO, 0, LEVELS - 1)
    edge = 16 * (low - 1) + 8 - means
    start = np.clip(edge >> 4, LOWEST_START, -LOWEST_START - WINDOW - 1) - LOWEST_START
    places = np.arange(WINDOW + 1)
    tables = distribution[levels[..., None], (edge & 15)[..., None], start[..., None] + places].astype(np.int64)
    mass = np.diff((weights[..., None] * tables).sum(0) >> WEIGHT_BITS)
    free = TOTAL - WINDOW - 1
    rows = np.empty((*mass.shape[:-1], WINDOW + 1), np.float64)
    rows[..., :-1] = (mass * free) >> 24
    rows[..., -1] = free - rows[..., :-1].sum(-1)
    return rows.reshape(-1, WINDOW + 1), low.ravel().astype(np.int32)


def _weights(logits: IntegerArray, exponentials: IntegerArray) -> IntegerArray:
    """Weights [K, P, M] of the components, which sum to 2**16."""
    largest = logits.max(0)
    terms = exponentials[np.minimum(largest - logits, len(exponentials) - 1)]
    weights = (terms << WEIGHT_BITS) // terms.sum(0)
    missing = (1 << WEIGHT_BITS) - weights.sum(0)
    first = logits.argmax(0)
    np.put_along_axis(weights, first[None], np.take_along_axis(weights, first[None], 0) + missing, 0)
    return weights
