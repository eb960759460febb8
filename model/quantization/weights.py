"""Weights on power-of-two grids: 8-bit integers as few signed powers of two, filters on the grid of their input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.quantization.straight import replaced

CHANNEL_WINDOW = 6
"""How many binary places an output channel's grid may be coarser than the finest of its layer."""

MARGIN = 1e-5
"""By what share the largest weight of a channel may pass what its grid holds and is rounded down: one that has been put
at the very end of it lands beside it by the last digits of a float."""


@dataclass(frozen=True)
class Digits:
    """What a weight is a sum of: at most `terms` signed powers of two, each of a window of exponents that begins two
    above the one before. It has `extra` bits more than weights usually have.

    A selection among four exponents is one lookup table for each bit of the data, one among two half of that.
    """

    terms: int
    window: int = 4
    extra: int = 0

    def largest(self, bits: int) -> int:
        """The largest weight where they usually have `bits`, each beyond 8 widening the windows by one exponent."""
        window = self.window + max(0, bits - 8)
        widest = sum(1 << window - 1 + 2 * term for term in range(self.terms))
        return min((1 << (bits + self.extra - 1)) - 1, widest)


SHIFT_WINDOW = 12
"""How many exponents a layer of single powers of two may span; smaller weights are dropped."""


@dataclass(frozen=True)
class ShiftWeights:
    """Weights as signed powers of two: `codes` [terms, O, C, k, k], each 0 or sign * (exponent + 1), on a grid of
    2**-frac; see ops.ShiftConv2d. `source` are the real weights that they stand for."""

    codes: npt.NDArray[np.int8]
    frac: int
    source: Tensor

    @cached_property
    def _values(self) -> Tensor:
        codes = torch.from_numpy(self.codes.astype(np.float64))
        return (codes.sign() * torch.exp2(codes.abs() - 1)).sum(0) * 2.0**-self.frac

    def values(self) -> Tensor:
        """The real weights, [O, C, k, k], float64 and exact."""
        return self._values

    def values_for(self, x: Tensor) -> Tensor:
        """The same in precision and on the device of x, with a straight-through gradient to `source`."""
        return replaced(self.source, self.values().to(x))


def single_powers(weight: Tensor) -> ShiftWeights:
    """Weights [O, C, k, k] that already are 0 or +-2**p, as one term each."""
    values = as_array(weight)
    exponents = np.frexp(np.abs(values))[1].astype(np.int64) - 1
    used = exponents[values != 0]
    frac = SHIFT_WINDOW - (int(used.max()) if used.size else 0)
    codes = np.where(exponents + frac >= 0, np.sign(values) * (exponents + frac + 1), 0)
    return _trimmed(codes[None].astype(np.int64), frac, weight)


def sums_of_powers(weight: Tensor, digits: Digits, bits: int = 8) -> ShiftWeights:
    """Weights [O, C, k, k] rounded to `bits` per output channel, each the sum of so many signed powers of two."""
    values, high = as_array(weight), digits.largest(bits)
    places = _places(values, high)
    frac = int(places.max())
    places = places.reshape(-1, 1, 1, 1)
    integers = np.rint(values * 2.0**places).astype(int)
    codes = _signed_digits(digits.terms, high)[:, integers + high + 1]
    return _trimmed(np.where(codes != 0, codes + np.sign(codes) * (frac - places), 0), frac, weight)


@dataclass(frozen=True)
class Projection:
    """The numbers that `sums_of_powers` may round weights to: `places` [O], binary places of each output channel, and
    the integers `values` [N], ascending, that so many powers of two can represent."""

    places: Tensor
    values: Tensor

    @classmethod
    def of(cls, weight: Tensor, digits: Digits, bits: int = 8) -> Projection:
        """That of weights [O, C, k, k] in `bits`, each the sum of so many powers of two."""
        high = digits.largest(bits)
        codes = _signed_digits(digits.terms, high)[:, 1:-1]
        values = (np.sign(codes) * (1 << np.maximum(np.abs(codes) - 1, 0))).sum(axis=0)
        places = _places(as_array(weight), high)
        return cls(torch.from_numpy(places), torch.from_numpy(np.unique(values[np.abs(values) <= high])).double())

    def nearest(self, weight: Tensor) -> Tensor:
        """The numbers next to weights [O]."""
        scale = self.places.double().exp2()
        scaled = weight * scale
        above = torch.searchsorted(self.values, scaled).clamp(1, len(self.values) - 1)
        low, high = self.values[above - 1], self.values[above]
        return torch.where(scaled - low < high - scaled, low, high) / scale


def _places(values: npt.NDArray[np.float64], high: int) -> npt.NDArray[np.int64]:
    """Binary places of each output channel's grid, [O], for integers up to `high`."""
    peaks = np.abs(values).reshape(len(values), -1).max(axis=1)
    peaks[peaks == 0] = peaks.max() or 1.0  # a channel of zeros asks for no grid of its own
    places = np.floor(np.log2(high * (1 + MARGIN) / peaks)).astype(np.int64)
    return np.minimum(places, places.min() + CHANNEL_WINDOW)


def _trimmed(codes: npt.NDArray[np.int64], frac: int, source: Tensor) -> ShiftWeights:
    """Drops exponents that no weight uses, so that the smallest one in use is zero."""
    used = np.abs(codes)[codes != 0]
    spare = int(used.min()) - 1 if used.size else 0
    return ShiftWeights((codes - np.sign(codes) * spare).astype(np.int8), frac - spare, source)


@cache
def _signed_digits(terms: int, high: int) -> npt.NDArray[np.int64]:
    """Codes of every integer from -high - 1 to high + 1, [terms, 2 * high + 3]: greedily the nearest power of two of
    what remains."""
    rest = np.arange(-high - 1, high + 2)
    codes = np.zeros((terms, rest.size), dtype=np.int64)
    for term in codes:
        exponents = np.floor(np.log2(np.maximum(np.abs(rest) * 4 / 3, 1))).astype(int)
        term[:] = np.where(rest != 0, np.sign(rest) * (exponents + 1), 0)
        rest = rest - np.sign(rest) * (1 << exponents)
    return codes


def on_grid(weight: Tensor, frac: int, width: int) -> npt.NDArray[np.int64]:
    """Adder filters as integers of `width` bits on the grid 2**-frac of the map they are compared with."""
    high = (1 << (width - 1)) - 1
    return np.clip(np.rint(as_array(weight) * 2.0**frac), -high - 1, high).astype(np.int64)


def beyond_grid(weight: Tensor, integers: npt.NDArray[np.int64], frac: int) -> Tensor:
    """By how much filters [O, C, k, k] pass the range of the grid that `on_grid` has clipped them to, summed, [O] in
    float64: a constant in the distance to any map of that range."""
    past = weight.detach().double().abs().cpu() - torch.from_numpy(np.abs(integers) * 2.0**-frac)
    return torch.where(past > 2.0**-frac, past, 0.0).flatten(1).sum(1)


def as_array(values: Tensor) -> npt.NDArray[np.float64]:
    """Values on any device as float64 on the host: integers are made in one place, whatever runs the network."""
    array: npt.NDArray[np.float64] = values.detach().cpu().double().numpy()
    return array
