"""Weights on power-of-two grids: 8-bit integers as few signed powers of two, filters on the grid of their input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

WEIGHT_HIGH = 127
"""Largest magnitude of an 8-bit weight."""

CHANNEL_WINDOW = 6
"""How many binary places an output channel's grid may be coarser than the finest of its layer."""

SHIFT_WINDOW = 12
"""How many exponents a layer of single powers of two may span; smaller weights are dropped."""


@dataclass(frozen=True)
class ShiftWeights:
    """Weights as signed powers of two: `codes` [terms, O, C, k, k], each 0 or sign * (exponent + 1), on a grid of
    2**-frac; see ops.ShiftConv2d."""

    codes: npt.NDArray[np.int8]
    frac: int

    def values(self) -> Tensor:
        """The real weights, [O, C, k, k], float64 and exact."""
        codes = torch.from_numpy(self.codes.astype(np.float64))
        return (codes.sign() * torch.exp2(codes.abs() - 1)).sum(0) * 2.0**-self.frac


def single_powers(weight: Tensor) -> ShiftWeights:
    """Weights [O, C, k, k] that already are 0 or +-2**p, as one term each."""
    values = weight.detach().double().numpy()
    exponents = np.frexp(np.abs(values))[1].astype(np.int64) - 1
    used = exponents[values != 0]
    frac = SHIFT_WINDOW - (int(used.max()) if used.size else 0)
    codes = np.where(exponents + frac >= 0, np.sign(values) * (exponents + frac + 1), 0)
    return _trimmed(codes[None].astype(np.int64), frac)


def sums_of_powers(weight: Tensor, terms: int) -> ShiftWeights:
    """Weights [O, C, k, k] rounded to 8 bits per output channel, each as at most `terms` signed powers of two."""
    values = weight.detach().double().numpy()
    peaks = np.abs(values).reshape(len(values), -1).max(axis=1)
    peaks[peaks == 0] = peaks.max() or 1.0  # a channel of zeros asks for no grid of its own
    places = np.floor(np.log2(WEIGHT_HIGH / peaks)).astype(int)
    frac = min(int(places.min()) + CHANNEL_WINDOW, int(places.max()))
    places = np.minimum(places, frac).reshape(-1, 1, 1, 1)
    integers = np.rint(values * 2.0**places).astype(int)
    codes = _signed_digits(terms)[:, integers + WEIGHT_HIGH + 1]
    return _trimmed(np.where(codes != 0, codes + np.sign(codes) * (frac - places), 0), frac)


def _trimmed(codes: npt.NDArray[np.int64], frac: int) -> ShiftWeights:
    """Drops exponents that no weight uses, so that the smallest one in use is zero."""
    used = np.abs(codes)[codes != 0]
    spare = int(used.min()) - 1 if used.size else 0
    return ShiftWeights((codes - np.sign(codes) * spare).astype(np.int8), frac - spare)


def _signed_digits(terms: int) -> npt.NDArray[np.int64]:
    """Codes of every integer from -128 to 128, [terms, 257]: greedily the nearest power of two of what remains."""
    rest = np.arange(-WEIGHT_HIGH - 1, WEIGHT_HIGH + 2)
    codes = np.zeros((terms, rest.size), dtype=np.int64)
    for term in codes:
        exponents = np.floor(np.log2(np.maximum(np.abs(rest) * 4 / 3, 1))).astype(int)
        term[:] = np.where(rest != 0, np.sign(rest) * (exponents + 1), 0)
        rest = rest - np.sign(rest) * (1 << exponents)
    return codes


def on_grid(weight: Tensor, frac: int, width: int) -> npt.NDArray[np.int64]:
    """Adder filters as integers of `width` bits on the grid 2**-frac of the map they are compared with."""
    high = (1 << (width - 1)) - 1
    return np.clip(np.rint(weight.detach().double().numpy() * 2.0**frac), -high - 1, high).astype(np.int64)
