"""STAND-IN for the entropy model of channel groups, with the same methods: symbols by zlib. To be replaced whole."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from host.archive import Arrays, array_of, digest_of, read_arrays, write_arrays
from host.coder import CodingError
from host.steps import SYMBOL_HIGH, SYMBOL_LOW
from ops import IntegerArray

FORMAT = b"sapm stand-in 1"


@dataclass(frozen=True)
class ChannelGroups:
    """Symbols as zlib packs them, high bytes before low ones; `seed` only tells models apart."""

    latent_channels: int
    seed: int = 0

    def encode(self, symbols: IntegerArray, position: int) -> bytes:
        """The coded symbols."""
        if symbols.size and (symbols.min() < SYMBOL_LOW or symbols.max() > SYMBOL_HIGH):
            raise CodingError(f"symbols must lie in [{SYMBOL_LOW}, {SYMBOL_HIGH}]")
        numbers = (np.abs(symbols) * 2 + (symbols < 0)).astype("<u2")
        halves = (numbers >> 8).astype("u1").tobytes() + (numbers & 255).astype("u1").tobytes()
        return position.to_bytes(2, "little") + zlib.compress(halves, 9)

    def decode(self, data: bytes, shape: tuple[int, int, int], position: int) -> IntegerArray:
        """The symbols of `shape`."""
        count = shape[0] * shape[1] * shape[2]
        if 2 * count > 1032 * len(data) + 64:  # zlib's best
            raise CodingError(f"latents of shape {shape} need at least {count // 516} bytes, not {len(data)}")
        if int.from_bytes(data[:2], "little") != position:
            raise CodingError("compressed latents hold what no encoder writes")
        unpacker = zlib.decompressobj()
        try:
            numbers = np.frombuffer(unpacker.decompress(data[2:], 2 * count + 1), np.uint8).astype(np.int64)
        except zlib.error as error:
            raise CodingError("compressed latents hold what no encoder writes") from error
        if len(numbers) != 2 * count or not unpacker.eof or unpacker.unused_data:
            raise CodingError(f"compressed latents must end with the last value, not go on to {len(data)} bytes")
        numbers = (numbers[:count] << 8) + numbers[count:]
        symbols = np.where(numbers & 1, -(numbers >> 1), numbers >> 1)
        if symbols.size and (symbols.min() < SYMBOL_LOW or symbols.max() > SYMBOL_HIGH):
            raise CodingError("compressed latents hold what no encoder writes")
        return symbols.reshape(shape)

    def estimate_bits(self, symbols: IntegerArray, position: int) -> float:
        """The code length."""
        return 8.0 * len(self.encode(symbols, position))

    @property
    def _arrays(self) -> Arrays:
        return {
            "format": np.frombuffer(FORMAT, np.uint8),
            "numbers": np.array([self.latent_channels, self.seed], "<i8"),
        }

    def digest(self) -> bytes:
        """SHA-256 of the model."""
        return digest_of(self._arrays)

    def save(self, path: Path) -> None:
        """Write the model."""
        write_arrays(path, self._arrays)

    @classmethod
    def load(cls, path: Path) -> ChannelGroups:
        """Read a model. Raises ValueError."""
        try:
            arrays = read_arrays(path)
            if (found := array_of(arrays, "format", "u1").tobytes()) != FORMAT:
                raise ValueError(f"must be a file of format {FORMAT.decode()!r}, not {found!r}")
            return cls(*array_of(arrays, "numbers", "<i8").tolist())
        except (OSError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error
