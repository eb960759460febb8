"""What the codec needs of an entropy model, static tables or context."""

from __future__ import annotations

from typing import Protocol

from ops import IntegerArray


class EntropyModel(Protocol):
    """Codes latents of shape (channels, height, width)."""

    @property
    def payload_version(self) -> int:
        """Version of the compressed files whose coded latents this kind of model reads."""

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""

    @property
    def alphabet_low(self) -> int:
        """Smallest value of a latent."""

    @property
    def alphabet_high(self) -> int:
        """Largest value of a latent."""

    def encode(self, latents: IntegerArray) -> bytes:
        """The coded latents. Raises CodingError where they leave the alphabet."""

    def decode(self, data: bytes, shape: tuple[int, int, int]) -> IntegerArray:
        """The latents of `shape` that `data` holds. Raises CodingError, for absurd lengths before memory is taken."""

    def estimate_bits(self, latents: IntegerArray) -> float:
        """The ideal code length of latents in bits."""

    def digest(self) -> bytes:
        """SHA-256 of the model."""
