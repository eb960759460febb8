"""What the codec needs of an entropy model."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ops import IntegerArray


class EntropyModel(Protocol):
    """Codes symbols (channels, height, width) of -1024 to 1023; distributions depend on the position of the quality."""

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""

    def encode(self, symbols: IntegerArray, position: int) -> bytes:
        """The coded symbols. Raises CodingError where they leave their range."""

    def decode(self, data: bytes, shape: tuple[int, int, int], position: int) -> IntegerArray:
        """The symbols of `shape` that `data` holds. Raises CodingError, for absurd lengths before memory is taken."""

    def estimate_bits(self, symbols: IntegerArray, position: int) -> float:
        """The ideal code length of symbols in bits."""

    def digest(self) -> bytes:
        """SHA-256 of the model."""

    def save(self, path: Path) -> None:
        """Write the model, whole or not at all. Raises OSError."""
