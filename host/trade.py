"""Rate-distortion optimized quantization: symbols that save more bits than their error is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from host.channel_groups import ChannelGroups
from host.distribution import tables
from host.kernels.interface import Float32
from host.latents import Latents
from host.prices import Prices, find_prices
from host.qualities import interpolated, rate_weight_at
from host.steps import SCALE_BITS, SYMBOL_HIGH, scales
from ops import IntegerArray

PASSES = {1: 1, 2: 2, 3: 3, 4: 6}
"""How often prices are found, by effort."""

SHARE = 0.7
"""What counts of the bits that neighbours would save: all choose at once, and prices hold for small changes only."""

SAMPLES = 3
"""Of a pixel: errors are means over samples, bits are those of pixels."""


@dataclass(frozen=True)
class Wishes:
    """What symbols should be as real numbers, [M, H, W] without signs, and the bits [M, 1, 1] that a squared error of
    one is worth."""

    sizes: Float32
    weights: Float32

    @classmethod
    def of(cls, latents: Latents) -> Wishes:
        """By the codec's gains and targets. Raises ValueError where it has none."""
        gains, targets = latents.steps.guides(latents.position)
        restored = scales(interpolated(latents.steps.restored, latents.position)) / (1 << SCALE_BITS)
        sizes = np.abs(latents.values) * (targets / restored)[:, None, None]
        weights = rate_weight_at(latents.position) / SAMPLES * gains * restored**2
        return cls(sizes.astype(np.float32), weights.astype(np.float32)[:, None, None])

    def errors(self, sizes: IntegerArray) -> Float32:
        """What the errors of symbols, without signs, are worth in bits."""
        return self.weights * np.square(self.sizes - sizes.astype(np.float32))


def traded(latents: Latents, effort: int) -> IntegerArray:
    """Symbols of a better sum of bits and weighted errors than the rounded ones, if any are found.

    Every latent chooses between the nearest to what is wished, the value one nearer to zero, and zero. Bits are those
    by the distributions that the symbols of the pass before make, and a first-order estimate of what others gain.
    Raises ValueError for a codec without gains.
    """
    model, wishes = latents.entropy, Wishes.of(latents)
    if not isinstance(model, ChannelGroups):
        raise ValueError(f"effort {effort} takes an entropy model of channel groups, not {type(model).__name__}")
    best = symbols = latents.rounded()
    least = _cost(latents, wishes, symbols)
    candidates = _candidates(latents, wishes, symbols)
    errors = wishes.errors(np.abs(candidates))
    for _ in range(PASSES[effort]):
        prices = find_prices(model, symbols, candidates[0], latents.position)
        costs = errors + prices.bits + SHARE * _burdens(prices, candidates)
        symbols = np.take_along_axis(candidates, costs.argmin(0)[None], 0)[0]
        if (cost := _cost(latents, wishes, symbols)) < least:
            best, least = symbols, cost
    return best


def _candidates(latents: Latents, wishes: Wishes, rounded: IntegerArray) -> IntegerArray:
    """[3, M, H, W]; none is farther from zero than a rounded symbol by more than one."""
    most = np.minimum(np.abs(rounded) + 1, SYMBOL_HIGH)
    sizes = np.minimum(np.rint(wishes.sizes), most).astype(np.int64)
    nearest = np.sign(latents.values).astype(np.int64) * sizes
    return np.stack([nearest, nearest - np.sign(nearest), np.zeros_like(nearest)])


def _cost(latents: Latents, wishes: Wishes, symbols: IntegerArray) -> float:
    """Bits, and what errors are worth."""
    errors = wishes.errors(np.abs(symbols)).sum(dtype=np.float64)
    return float(errors) + latents.entropy.estimate_bits(symbols, latents.position)


def _burdens(prices: Prices, candidates: IntegerArray) -> Float32:
    """Bits of others by candidates, but for a constant of each latent."""
    known, sizes = tables(), np.abs(candidates)
    burdens = prices.of_magnitudes * known.magnitudes[sizes].astype(np.float32)
    burdens += prices.of_values * (np.sign(candidates) * known.values[sizes]).astype(np.float32)
    burdens += prices.of_symbols * candidates.astype(np.float32)
    return burdens
