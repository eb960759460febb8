"""Range coding of latents with integer counts, by the constriction library.

constriction's Python interface takes probabilities as floats and turns them into 24-bit integers. We hand it integers
that this leaves as they are: its `Categorical` model, with perfect=False, gives symbol i of n the count 1 plus the
share p[i] * (2**24 - n) / sum(p), rounded down cumulatively. For p[i] = 256 * count[i] - 1 the sum is exactly
2**24 - n, the factor exactly 1.0, every partial sum an integer below 2**24: the count is exactly 256 * count[i] of
2**24, on every machine. The tests hold this against a coder in plain integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from host.channel_table import TOTAL_BITS, ChannelTables, symbols_of
from host.range_coder import stream
from ops import IntegerArray

CODER_BITS = 24
"""Precision of constriction's models."""

WORD = np.dtype("<u4")
"""Unit of the compressed data, in little-endian order."""

BYTE_COUNTS = (1 << (TOTAL_BITS - 8),) * 256
"""Uniform counts, for the bytes of escaped values."""

FLUSH_BITS = 64
"""What a range coder may save at its end against the ideal code length."""

ROUNDING = 0.999
"""Factor that keeps a bound a bound where it was summed in floating point."""


class CodingError(ValueError):
    """Compressed data that no encoder made, or latents outside the alphabet."""


@lru_cache(maxsize=4096)
def _model(counts: tuple[int, ...]) -> Any:
    weights = np.array(counts, np.float64) * (1 << (CODER_BITS - TOTAL_BITS)) - 1
    return stream.model.Categorical(weights, perfect=False)


@lru_cache(maxsize=1)
def uniform_bytes() -> Any:
    """The model of a byte of which nothing is known."""
    return _model(BYTE_COUNTS)


def compressed(encoder: Any) -> bytes:
    """What an encoder has written."""
    return bytes(encoder.get_compressed().astype(WORD).tobytes())


@contextmanager
def reading(data: bytes) -> Iterator[Any]:
    """A decoder of `data`, all of which must have been read when the block ends. Raises CodingError."""
    if len(data) % WORD.itemsize:
        raise CodingError(f"compressed latents must be whole words of {WORD.itemsize} bytes, not {len(data)} bytes")
    decoder = stream.queue.RangeDecoder(np.frombuffer(data, WORD).astype(np.uint32))
    try:
        yield decoder
    except AssertionError as error:  # the library's word for a quantile that no symbol has
        raise CodingError("compressed latents hold what no encoder writes") from error
    if not decoder.maybe_exhausted():
        raise CodingError(f"compressed latents must end with the last value, not go on to {len(data)} bytes")


def encode_planes(encoder: Any, latents: IntegerArray, tables: ChannelTables) -> None:
    """Encode latents of shape (channels, height, width): channel by channel in raster order, then escaped values.

    Raises CodingError where a value leaves the alphabet of the tables.
    """
    if latents.ndim != 3 or latents.shape[0] != len(tables.channels):
        raise CodingError(f"latents must have {len(tables.channels)} channels, not the shape {latents.shape}")
    if latents.size and (latents.min() < tables.alphabet_low or latents.max() > tables.alphabet_high):
        raise CodingError(
            f"latents must lie in [{tables.alphabet_low}, {tables.alphabet_high}], "
            f"not [{latents.min()}, {latents.max()}]"
        )
    escaped = []
    for table, plane in zip(tables.channels, latents, strict=True):
        values = plane.ravel()
        symbols = symbols_of(values, table)
        encoder.encode(symbols, _model(table.counts))
        escaped.append(values[symbols == len(table.counts) - 1])
    rest = np.concatenate(escaped) - tables.alphabet_low
    for place in reversed(range(tables.escape_bytes)):
        encoder.encode(((rest >> (8 * place)) & 255).astype(np.int32), uniform_bytes())


def decode_planes(decoder: Any, shape: tuple[int, int, int], tables: ChannelTables) -> IntegerArray:
    """The latents of `shape` (channels, height, width) that the decoder holds next. Raises CodingError."""
    channels, height, width = shape
    if channels != len(tables.channels):
        raise CodingError(f"latents must have {len(tables.channels)} channels, not {channels}")
    latents = np.empty((channels, height * width), np.int64)
    outside = np.zeros((channels, height * width), bool)
    for index, table in enumerate(tables.channels):
        symbols = decoder.decode(_model(table.counts), height * width)
        outside[index] = symbols == len(table.counts) - 1
        latents[index] = symbols + np.int64(table.low)
    _decode_escaped(decoder, latents, outside, tables)
    return latents.reshape(shape)


def _decode_escaped(decoder: Any, latents: IntegerArray, outside: Any, tables: ChannelTables) -> None:
    """Fill in the values that have no symbol of their own."""
    count = int(outside.sum())
    values = np.full(count, 0, np.int64)
    for _ in range(tables.escape_bytes):
        values = (values << 8) | decoder.decode(uniform_bytes(), count)
    values += tables.alphabet_low
    lows, highs = (np.array([getattr(table, side) for table in tables.channels]) for side in ("low", "high"))
    channel = np.nonzero(outside)[0]
    inside_window = (values >= lows[channel]) & (values <= highs[channel])
    if (inside_window | (values > tables.alphabet_high)).any():
        raise CodingError("compressed latents hold an escaped value that needs no escape, or none of the alphabet")
    latents[outside] = values


def check_length(data: bytes, least_bits: float, shape: tuple[int, int, int]) -> None:
    """Raises CodingError where `data` is shorter than any coded latents of `shape` can be."""
    if 8 * len(data) < (least := least_bits * ROUNDING - FLUSH_BITS):
        raise CodingError(
            f"latents of shape {shape} need at least {int(least) // 8} bytes of coded latents, not {len(data)}"
        )
