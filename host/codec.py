"""Pictures to compressed files and back: two integer graphs, an entropy model, and the points where hardware joins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from host.bitstream import HASH_SIZE, Bitstream, BitstreamError
from host.coder import CodingError
from host.entropy_model import EntropyModel
from host.pictures import Picture, check_samples, check_size, crop, pad_to_multiple
from ops import AnyIntegers, Graph, IntegerArray, StripEvaluator

ANALYSIS_FILE = "analysis.onnx"
SYNTHESIS_FILE = "synthesis.onnx"
TABLES_FILE = "entropy.json"
CONTEXT_FILE = "entropy.npz"
"""Names of the files of a codec folder; the entropy model is one of the last two."""


@dataclass(frozen=True)
class PictureSize:
    """Rows and columns of a picture, before padding."""

    height: int
    width: int


@dataclass(frozen=True)
class HostCodec:
    """The whole codec on the host.

    `encode` and `decode` run the graphs in strips on `threads` threads; hardware joins by the steps between, for encode
    is pack(latents_of(picture)) and decode is finish(synthesis(unpack(data))). Raises ValueError where the graphs and
    the entropy model do not fit together.
    """

    analysis: Graph
    synthesis: Graph
    entropy: EntropyModel
    threads: int = 1

    def __post_init__(self) -> None:
        made, taken = self.analysis.output_type, self.synthesis.input_type
        if made.channels != taken.channels or made.low < taken.low or made.high > taken.high:
            raise ValueError(
                f"synthesis must take {made.channels} channels in [{made.low}, {made.high}], "
                f"not {taken.channels} in [{taken.low}, {taken.high}]"
            )
        if made.channels != self.entropy.latent_channels:
            raise ValueError(
                f"the entropy model must have {made.channels} channels, not {self.entropy.latent_channels}"
            )
        if made.low < self.entropy.alphabet_low or made.high > self.entropy.alphabet_high:
            raise ValueError(
                f"the alphabet of the entropy model must hold [{made.low}, {made.high}], "
                f"not [{self.entropy.alphabet_low}, {self.entropy.alphabet_high}]"
            )
        for pixels in (self.analysis.input_type, self.synthesis.output_type):
            if pixels.channels != 3 or pixels.low < 0 or pixels.high > 255:
                raise ValueError(f"pixels must have 3 channels in [0, 255], not {pixels.channels} of {pixels.fixed}")
        if self._rate * self.synthesis.output_type.rate / self.synthesis.input_type.rate != 1:
            raise ValueError(
                f"synthesis must enlarge by {1 / self._rate}, as much as analysis reduces, "
                f"not by {self.synthesis.output_type.rate / self.synthesis.input_type.rate}"
            )

    @property
    def _rate(self) -> Fraction:
        return self.analysis.output_type.rate / self.analysis.input_type.rate

    @cached_property
    def multiple(self) -> int:
        """What the rows and columns of a picture are padded to a multiple of."""
        return lcm(self.analysis.granularity, (self.synthesis.granularity / self._rate).numerator)

    @cached_property
    def _analyse(self) -> StripEvaluator:
        return StripEvaluator(self.analysis, self.threads)

    @cached_property
    def _synthesize(self) -> StripEvaluator:
        return StripEvaluator(self.synthesis, self.threads)

    @cached_property
    def model_hash(self) -> bytes:
        """SHA-256 over both graphs and the entropy model: what a compressed file names its decoder by."""
        parts = self.analysis.fingerprint() + self.synthesis.fingerprint() + self.entropy.digest()
        return hashlib.sha256(parts).digest()

    def padded_size(self, size: PictureSize) -> PictureSize:
        """Rows and columns as the graphs see them."""
        return PictureSize(*(-(-side // self.multiple) * self.multiple for side in (size.height, size.width)))

    def latents_shape(self, size: PictureSize) -> tuple[int, int, int]:
        """Channels, rows and columns of the latents of a picture of `size`."""
        padded = self.padded_size(size)
        rows, columns = self.analysis.size_of(self.analysis.output_name, padded.height, padded.width)
        return self.analysis.output_type.channels, rows, columns

    def pixels_of(self, picture: Picture) -> IntegerArray:
        """The input of the analysis transform: the picture, padded. Raises PictureError for a size out of bounds."""
        return self._padded(picture).astype(np.int64)

    def _padded(self, picture: Picture) -> Picture:
        check_samples(picture)
        check_size("picture", *picture.shape[1:])
        return pad_to_multiple(picture, self.multiple)

    def latents_of(self, picture: Picture) -> IntegerArray:
        """The latents of a picture (3, height, width)."""
        return self._analyse(self._padded(picture)).astype(np.int64)

    def pack(self, latents: IntegerArray, size: PictureSize) -> bytes:
        """The compressed file for the latents of a picture of `size`. Raises ValueError where they do not fit it."""
        if latents.shape != self.latents_shape(size):
            raise ValueError(f"latents must have the shape {self.latents_shape(size)}, not {latents.shape}")
        payload = self.entropy.encode(latents)
        version, named = self.entropy.payload_version, self.model_hash[:HASH_SIZE]
        return Bitstream(version, named, size.width, size.height, payload).to_bytes()

    def unpack(self, data: bytes) -> tuple[IntegerArray, PictureSize]:
        """The latents of a compressed file, and the picture's size. Raises BitstreamError."""
        stream = Bitstream.from_bytes(data, self.entropy.payload_version, self.model_hash)
        size = PictureSize(stream.height, stream.width)
        try:
            return self.entropy.decode(stream.payload, self.latents_shape(size)), size
        except CodingError as error:
            raise BitstreamError(f"size {size.width}x{size.height}: {error}") from error

    def finish(self, pixels: AnyIntegers, size: PictureSize) -> Picture:
        """The picture from the output of the synthesis transform: cropped back, 8 bits."""
        padded = self.padded_size(size)
        if pixels.shape != (3, padded.height, padded.width):
            raise ValueError(f"pixels must have the shape {(3, padded.height, padded.width)}, not {pixels.shape}")
        return crop(pixels.astype(np.uint8, copy=False), size.height, size.width)

    def encode(self, picture: Picture) -> bytes:
        """The compressed file of a picture (3, height, width)."""
        return self.pack(self.latents_of(picture), PictureSize(*picture.shape[1:]))

    def decode(self, data: bytes) -> Picture:
        """The picture of a compressed file. Raises BitstreamError."""
        latents, size = self.unpack(data)
        return self.finish(self._synthesize(latents), size)
