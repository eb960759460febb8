"""The entropy model of wide latents in whole numbers: groups of channels, distributions from what was coded before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count as numbers_from
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from host.archive import Arrays, array_of, digest_of, read_arrays, write_arrays
from host.channel_group import KINDS, ChannelGroup
from host.coder import CodingError, words_of
from host.distribution import FREE, TOTAL_BITS
from host.kernels import kernels
from host.kernels.interface import ABOVE, BELOW, SIDE, Float32, Int16, Int32, Layers, Maps
from host.layout import SIGNED_CHANNELS
from host.qualities import check_position
from host.steps import SYMBOL_HIGH, SYMBOL_LOW
from host.waves import coding_order
from ops import IntegerArray

FORMAT = b"sapm channel groups 1"
LEAST_BITS = TOTAL_BITS - float(np.log2(FREE + 1))
"""What the most certain symbol takes."""

FLUSH_BITS = 64
"""What a range coder may save at its end against the ideal code length, by far."""

BAND = 2048
"""Positions whose raw parameters are in memory at a time, or those of one row."""


@dataclass(frozen=True)
class ChannelGroups:
    """An entropy model for symbols [M, H, W] of 11 bits; docs/bitstream.md says what its groups do.

    Raises ValueError where the groups do not fit together.
    """

    groups: tuple[ChannelGroup, ...]

    def __post_init__(self) -> None:
        if not self.groups:
            raise ValueError("there must be at least 1 group, not 0")
        first = 0
        for index, group in enumerate(self.groups):
            group.check(f"groups.{index}", first)
            first += group.channels

    @cached_property
    def latent_channels(self) -> int:
        """M, the channels of the symbols."""
        return sum(group.channels for group in self.groups)

    def encode(self, symbols: IntegerArray, position: int) -> bytes:
        """The coded symbols of shape (M, height, width). Raises CodingError where they are not of 11 bits."""
        maps, encoder = self.maps_of(symbols), kernels().encoder()
        for layers in self._layers(position):
            lefts, counts = _intervals(maps, layers)
            order = coding_order(symbols.shape[1], symbols.shape[2], lefts.shape[1])
            encoder.encode(lefts.ravel()[order], counts.ravel()[order])
        return encoder.finish()

    def decode(self, data: bytes, shape: tuple[int, int, int], position: int) -> IntegerArray:
        """The symbols of `shape` that `data` holds. Raises CodingError."""
        words, layers_of_groups = words_of(data), self._layers(position)
        self._check(shape)
        if 8 * len(data) + FLUSH_BITS < (least := prod(shape) * LEAST_BITS):
            raise CodingError(
                f"symbols of shape {shape} need at least {int(least) // 8} bytes of coded symbols, not {len(data)}"
            )
        maps, decoder = self._empty(shape), kernels().decoder(words)
        for layers in layers_of_groups:
            before = kernels().sums_before(maps, layers)
            kernels().decode_group(decoder, maps, layers, before)
        decoder.finish()
        return _inside(maps.symbols).transpose(2, 0, 1).astype(np.int64)

    def estimate_bits(self, symbols: IntegerArray, position: int) -> float:
        """The ideal code length in bits of symbols of shape (M, height, width)."""
        maps, bits = self.maps_of(symbols), 0.0
        for layers in self._layers(position):
            counts = _intervals(maps, layers)[1]
            bits += TOTAL_BITS * counts.size - float(np.log2(counts, dtype=np.float64).sum())
        return bits

    def costs(self, symbols: IntegerArray, position: int) -> Float32:
        """Bits [3, M, height, width] by the distributions that all symbols give each other: of each symbol, of the
        value one nearer to zero (of a zero: zero), and of zero."""
        maps = self.maps_of(symbols)
        width = symbols.shape[2]
        result = np.empty((3, *symbols.shape), np.float32)
        for layers in self._layers(position):
            channels = slice(layers.first, layers.first + layers.scale.shape[1])
            for rows, raw, values in _bands(maps, layers):
                bits = kernels().costs(raw, values).transpose(0, 2, 1)
                result[:, channels, rows] = bits.reshape(3, bits.shape[1], -1, width)
        return result

    def _check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 3 or shape[0] != self.latent_channels or prod(shape) < 1:
            raise CodingError(f"symbols must have {self.latent_channels} channels, not the shape {shape}")

    def _layers(self, position: int) -> list[Layers]:
        """Of all groups. Raises ValueError for a position out of range."""
        check_position(position)
        first, layers = 0, []
        for group in self.groups:
            layers.append(group.layers(first, position))
            first += group.channels
        return layers

    def _empty(self, shape: tuple[int, ...]) -> Maps:
        channels, height, width = shape
        sides = height + ABOVE + BELOW, width + 2 * SIDE
        features = channels + min(channels, SIGNED_CHANNELS)
        return Maps(np.zeros((*sides, channels), np.int16), np.zeros((*sides, features), np.int16))

    def maps_of(self, symbols: IntegerArray) -> Maps:
        """Maps of symbols (M, height, width) that are all known. Raises CodingError."""
        self._check(symbols.shape)
        if symbols.min() < SYMBOL_LOW or symbols.max() > SYMBOL_HIGH:
            raise CodingError(
                f"symbols must lie in [{SYMBOL_LOW}, {SYMBOL_HIGH}], not [{symbols.min()}, {symbols.max()}]"
            )
        maps = self._empty(symbols.shape)
        _inside(maps.symbols)[:] = symbols.transpose(1, 2, 0)
        for layers in self._layers(0):
            kernels().fill_features(maps, layers)
        return maps

    def arrays(self) -> Arrays:
        """Everything that the model is, as named arrays."""
        channels = np.array([self.latent_channels], "<i4")
        arrays: Arrays = {"format": np.frombuffer(FORMAT, np.uint8), "channels": channels}
        for index, group in enumerate(self.groups):
            arrays |= {f"groups.{index}.{name}": getattr(group, name).astype(kind) for name, kind in KINDS.items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> ChannelGroups:
        """The model of named arrays. Raises ValueError."""
        if (found := array_of(arrays, "format", "u1").tobytes()) != FORMAT:
            raise ValueError(f"must be a file of format {FORMAT.decode()!r}, not {found[:40]!r}")
        groups: list[ChannelGroup] = []
        for index in numbers_from():
            if not any(f"groups.{index}.{name}" in arrays for name in KINDS):
                break
            parts = {name: array_of(arrays, f"groups.{index}.{name}", kind) for name, kind in KINDS.items()}
            groups.append(ChannelGroup(**parts))
        if others := sorted(arrays.keys() - _names(len(groups))):
            raise ValueError(f"must have no array {others[0]!r}")
        model, channels = cls(tuple(groups)), array_of(arrays, "channels", "<i4").tolist()
        if channels != [model.latent_channels]:
            raise ValueError(f"must have groups of {channels} channels, not of {model.latent_channels}")
        return model

    def digest(self) -> bytes:
        """SHA-256 of the model."""
        return digest_of(self.arrays())

    def save(self, path: Path) -> None:
        """Write the model to `path`, whole or not at all."""
        write_arrays(path, self.arrays())

    @classmethod
    def load(cls, path: Path) -> ChannelGroups:
        """The model of the file at `path`. Raises ValueError, with one line."""
        try:
            return cls.from_arrays(read_arrays(path))
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


def _names(groups: int) -> set[str]:
    """Of all arrays of so many groups."""
    return {"format", "channels", *(f"groups.{index}.{name}" for index in range(groups) for name in KINDS)}


def _inside(image: Int16) -> Int16:
    """A map without its margins."""
    return image[ABOVE:-BELOW, SIDE:-SIDE]


def _bands(maps: Maps, layers: Layers) -> Iterator[tuple[slice, Int16, Int16]]:
    """Some rows after others: which, the raw parameters [P, 6 * G] and the symbols [P, G] of their positions."""
    before = kernels().sums_before(maps, layers)
    channels = layers.scale.shape[1]
    own = _inside(maps.symbols)[:, :, layers.first : layers.first + channels]
    step = max(1, BAND // own.shape[1])
    for start in range(0, len(own), step):
        rows = slice(start, min(start + step, len(own)))
        raw = kernels().raw_parameters(maps, layers, before, rows)
        yield rows, raw, np.ascontiguousarray(own[rows]).reshape(-1, channels)


def _intervals(maps: Maps, layers: Layers) -> tuple[Int32, Int32]:
    """Left edges and counts [H * W, G] of the symbols of a group."""
    parts = [kernels().intervals(raw, symbols) for _, raw, symbols in _bands(maps, layers)]
    lefts, counts = zip(*parts, strict=True)
    return np.concatenate(lefts), np.concatenate(counts)
