"""Codes latents wave by wave, each by the law that its neighbours and the hyper latents give it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from host.coder import FLUSH_BITS, CodingError, uniform_bytes
from host.kernels import kernels
from host.law import LATENT_HIGH, LATENT_LOW, TOTAL_BITS, WINDOW, exponential_table, window_table
from host.network import Convolution, Maps, Network, evaluate, patches_of
from host.range_coder import stream
from host.waves import batches, waves
from ops import IntegerArray

BATCH = 64
"""Positions whose laws an encoder computes at a time."""

MARGIN = 2
"""Columns and rows that the 5x5 mask sees to each side."""

FAMILY: Any = stream.model.Categorical(perfect=False)
"""A row of counts less one is taken exactly: see host/coder.py."""

Rows = npt.NDArray[np.float64]


class LawNetworks(Protocol):
    """The parts of a context model that make laws; see host/context_model.py."""

    @property
    def hyper_synthesis(self) -> Network: ...

    @property
    def context(self) -> Convolution: ...

    @property
    def parameters(self) -> Network: ...

    @property
    def components(self) -> int: ...


class Laws(NamedTuple):
    """For each of P * M latents in coding order: the counts less one of its symbols, its window's lowest value."""

    rows: Rows
    lows: IntegerArray

    def part(self, start: int, stop: int) -> Laws:
        """The laws of some latents."""
        return Laws(self.rows[start:stop], self.lows[start:stop])

    def symbols_of(self, values: IntegerArray) -> npt.NDArray[np.int32]:
        """Values as symbols of their windows; the last symbol stands for every value outside."""
        inside = (values >= self.lows) & (values < self.lows + WINDOW)
        return np.where(inside, values - self.lows, WINDOW).astype(np.int32)

    def counts_less_one(self, symbols: npt.NDArray[np.int32]) -> Rows:
        """One for each latent."""
        return self.rows[np.arange(len(symbols)), symbols]


class Neighbourhood:
    """Latents as far as they are known, the hyper latents [N, h, w], and their features for all latents."""

    def __init__(self, model: LawNetworks, hyper: IntegerArray, shape: tuple[int, int, int]) -> None:
        channels, height, width = shape
        self.model, self.hyper = model, hyper
        features = evaluate(model.hyper_synthesis, np.ascontiguousarray(hyper.transpose(1, 2, 0), np.int16))
        self.features = features[:height, :width]
        self.latents: Maps = np.zeros((height + 2 * MARGIN, width + 2 * MARGIN, channels), np.int16)

    @property
    def inside(self) -> Maps:
        """The latents without their margin, [height, width, M]."""
        return self.latents[MARGIN:-MARGIN, MARGIN:-MARGIN]

    def laws(self, rows: IntegerArray, columns: IntegerArray) -> Laws:
        """Of the latents at P positions, position by position, by the neighbours that are known."""
        context = self.model.context
        seen = context.outputs_of(patches_of(self.latents, rows, columns, context.taps))
        joined = np.concatenate([self.features[rows, columns], seen], axis=1)
        for layer in self.model.parameters:
            joined = layer.outputs_of(joined)
        tables = exponential_table(), window_table()
        counts, lows = kernels().window_rows(joined, self.model.components, *tables)
        return Laws(counts, lows.astype(np.int64))


def encode_waves(encoder: Any, known: Neighbourhood) -> None:
    """Encode all latents of the neighbourhood."""
    for laws, values in laws_of(known):
        symbols = laws.symbols_of(values)
        encoder.encode(symbols, FAMILY, laws.rows)
        escaped = values[symbols == WINDOW] - LATENT_LOW
        encoder.encode(escaped.astype(np.int32), uniform_bytes())


def laws_of(known: Neighbourhood) -> Iterator[tuple[Laws, IntegerArray]]:
    """Wave by wave, the laws and the values of a neighbourhood whose latents are all known."""
    latents = known.inside
    channels = latents.shape[2]
    for batch in batches(latents.shape[0], latents.shape[1], BATCH):
        rows, columns = (np.concatenate(parts) for parts in zip(*batch, strict=True))
        laws, values = known.laws(rows, columns), latents[rows, columns].ravel()
        start = 0
        for wave, _ in batch:
            stop = start + channels * len(wave)
            yield laws.part(start, stop), values[start:stop].astype(np.int64)
            start = stop


def decode_waves(decoder: Any, known: Neighbourhood, size: int) -> None:
    """Fill in the latents, from a decoder of `size` bytes. Raises CodingError, early where those cannot hold them."""
    latents = known.inside
    left = 8 * size + FLUSH_BITS
    for rows, columns in waves(*latents.shape[:2]):
        laws = known.laws(rows, columns)
        symbols = decoder.decode(FAMILY, laws.rows)
        # a number's binary exponent bounds its logarithm, and is exact on every machine
        left -= TOTAL_BITS * symbols.size - int(np.frexp(laws.counts_less_one(symbols))[1].sum())
        if left < 0:
            raise CodingError(f"{size} bytes of coded latents cannot hold latents of shape {latents.shape}")
        values = laws.lows + symbols
        values[symbols == WINDOW] = _decode_escaped(decoder, laws.lows[symbols == WINDOW])
        latents[rows, columns] = values.reshape(len(rows), -1)


def _decode_escaped(decoder: Any, lows: IntegerArray) -> IntegerArray:
    values: IntegerArray = decoder.decode(uniform_bytes(), lows.size) + LATENT_LOW
    if ((values >= lows) & (values < lows + WINDOW)).any() or (values > LATENT_HIGH).any():
        raise CodingError("compressed latents hold an escaped value that needs no escape")
    return values
