"""What the codec needs of an entropy model: it codes symbols [M, H, W] of a picture with any quality."""

from __future__ import annotations

from typing import Protocol

from ops import IntegerArray

SYMBOL_BITS = 11
SYMBOL_LOW, SYMBOL_HIGH = -(1 << (SYMBOL_BITS - 1)), (1 << (SYMBOL_BITS - 1)) - 1
"""Symbols are signed integers of so many bits: -1024 to 1023."""

ANCHORS = 9
"""Rows of every table that depends on quality."""

ANCHOR_BITS = 8
HIGHEST_POSITION = (ANCHORS - 1) << ANCHOR_BITS
"""Qualities as integers: positions 0 to 2048, 2**8 from one row to the next."""


class EntropyModelError(ValueError):
    """An entropy model's file that cannot be used; the message is one line that says why."""


class EntropyModel(Protocol):
    """Codes symbols of shape (channels, height, width), each -1024 to 1023, of a quality at a position 0 to 2048."""

    @property
    def latent_channels(self) -> int:
        """Channels of the symbols."""

    def encode(self, symbols: IntegerArray, position: int) -> bytes:
        """The coded symbols. Raises CodingError where they leave their range."""

    def decode(self, data: bytes, shape: tuple[int, int, int], position: int) -> IntegerArray:
        """The symbols of `shape` that `data` holds. Raises CodingError, for absurd lengths before memory is taken."""

    def estimate_bits(self, symbols: IntegerArray, position: int) -> float:
        """The ideal code length of symbols in bits."""

    def digest(self) -> bytes:
        """SHA-256 of the model."""
