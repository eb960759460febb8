"""Pictures to compressed files and back: two integer graphs, steps, an entropy model, and where hardware joins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from host.bitstream import HASH_SIZE, Bitstream, BitstreamError
from host.coder import CodingError
from host.effort import Latents, symbols_by
from host.entropy_model import EntropyModel
from host.pictures import Picture, check_samples, check_size, crop, pad_to_multiple
from host.steps import LatentSteps
from ops import AnyIntegers, Graph, IntegerArray, StripEvaluator, check_integers

ANALYSIS_FILE = "analysis.onnx"
SYNTHESIS_FILE = "synthesis.onnx"
ENTROPY_FILE = "entropy.npz"
STEPS_FILE = "steps.npz"
"""Names of the files of a codec folder."""

PIXEL_HIGH = 255


@dataclass(frozen=True)
class PictureSize:
    """Rows and columns of a picture, before padding."""

    height: int
    width: int


@dataclass(frozen=True)
class Contents:
    """What a compressed file holds: symbols (channels, height, width), the picture's size, its quality's position, and
    the effort with which the symbols were found, where that is known."""

    symbols: IntegerArray
    size: PictureSize
    position: int
    effort: int | None = None


@dataclass(frozen=True)
class HostCodec:
    """The whole codec on the host, for every quality; `position` is that of the quality (host/qualities.py).

    `encode` and `decode` run the graphs in strips on `threads` threads; hardware joins by the steps between:
    encode is pack(latents_of(picture)), and decode is finish(synthesis(unpack(data))). Latents are integers on a grid,
    made by the analysis and taken by the synthesis; the graphs know no quality. Raises ValueError where graphs, steps
    and entropy model do not fit together.
    """

    analysis: Graph
    synthesis: Graph
    steps: LatentSteps
    entropy: EntropyModel
    threads: int = 1

    def __post_init__(self) -> None:
        made, taken = self.analysis.output_type, self.synthesis.input_type
        if (made.channels, made.fixed) != (taken.channels, taken.fixed):
            raise ValueError(
                f"synthesis must take {made.channels} channels of {made.fixed}, not {taken.channels} of {taken.fixed}"
            )
        if made.low < taken.low or made.high > taken.high:
            raise ValueError(f"synthesis must take [{made.low}, {made.high}], not [{taken.low}, {taken.high}]")
        for name, part in (("entropy model", self.entropy), ("steps", self.steps)):
            if part.latent_channels != made.channels:
                raise ValueError(f"the {name} must have {made.channels} channels, not {part.latent_channels}")
        for pixels in (self.analysis.input_type, self.synthesis.output_type):
            if pixels.channels != 3 or pixels.low < 0 or pixels.high > PIXEL_HIGH:
                raise ValueError(
                    f"pixels must have 3 channels in [0, {PIXEL_HIGH}], not {pixels.channels} of {pixels.fixed}"
                )
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
        """SHA-256 over what both graphs compute, entropy model and steps: by it a compressed file names its decoder."""
        graphs = self.analysis.computation(), self.synthesis.computation()
        return hashlib.sha256(b"".join((*graphs, self.entropy.digest(), self.steps.digest()))).digest()

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

    def symbols_of(
        self, latents: IntegerArray, position: int, effort: int = 0, picture: Picture | None = None
    ) -> IntegerArray:
        """The symbols of latents, found with an effort of 0 to 9, of which some need the picture as well.

        Raises ValueError for a position or an effort that there is not.
        """
        parts = self.entropy, self.steps, self.synthesis
        return symbols_by(effort, Latents(latents, position, *parts, picture))

    def restore(self, symbols: IntegerArray, position: int) -> IntegerArray:
        """The latents that the synthesis gets for symbols."""
        grid = self.synthesis.input_type
        return self.steps.restore(symbols, position, grid.low, grid.high)

    def write(self, contents: Contents) -> bytes:
        """The compressed file of symbols. Raises ValueError where their shape is not that of the picture's size."""
        size, position = contents.size, contents.position
        self._check_shape(contents.symbols, size)
        payload = self.entropy.encode(contents.symbols, position)
        made_by = self.model_hash[:HASH_SIZE]
        return Bitstream(made_by, position, size.width, size.height, payload, contents.effort).to_bytes()

    def read(self, data: bytes) -> Contents:
        """What a compressed file holds. Raises BitstreamError."""
        stream = Bitstream.from_bytes(data, self.model_hash)
        size = PictureSize(stream.height, stream.width)
        try:
            symbols = self.entropy.decode(stream.payload, self.latents_shape(size), stream.position)
        except CodingError as error:
            raise BitstreamError(f"size {size.width}x{size.height}: {error}") from error
        return Contents(symbols, size, stream.position, stream.effort)

    def pack(
        self, latents: IntegerArray, size: PictureSize, position: int, effort: int = 0, picture: Picture | None = None
    ) -> bytes:
        """The compressed file for the latents of a picture of `size`. Raises ValueError where they do not fit it."""
        self._check_shape(latents, size)
        grid = self.synthesis.input_type
        if latents.min() < grid.low or latents.max() > grid.high:
            raise ValueError(f"latents must lie in [{grid.low}, {grid.high}], not [{latents.min()}, {latents.max()}]")
        return self.write(Contents(self.symbols_of(latents, position, effort, picture), size, position, effort))

    def _check_shape(self, latents: IntegerArray, size: PictureSize) -> None:
        check_integers("latents", latents)
        if latents.shape != self.latents_shape(size):
            raise ValueError(f"latents must have the shape {self.latents_shape(size)}, not {latents.shape}")

    def unpack(self, data: bytes) -> tuple[IntegerArray, PictureSize]:
        """The latents that the synthesis gets for a compressed file, and the picture's size. Raises BitstreamError."""
        contents = self.read(data)
        return self.restore(contents.symbols, contents.position), contents.size

    def picture_of(self, latents: IntegerArray, size: PictureSize) -> Picture:
        """The picture of `size` that the synthesis makes of latents."""
        return self.finish(self._synthesize(latents), size)

    def finish(self, pixels: AnyIntegers, size: PictureSize) -> Picture:
        """The picture from the output of the synthesis transform: cropped back, 8 bits."""
        padded = self.padded_size(size)
        check_integers("pixels", pixels)
        if pixels.shape != (3, padded.height, padded.width):
            raise ValueError(f"pixels must have the shape {(3, padded.height, padded.width)}, not {pixels.shape}")
        if pixels.min() < 0 or pixels.max() > PIXEL_HIGH:
            raise ValueError(f"pixels must lie in [0, {PIXEL_HIGH}], not [{pixels.min()}, {pixels.max()}]")
        return crop(pixels.astype(np.uint8, copy=False), size.height, size.width)

    def encode(self, picture: Picture, position: int, effort: int = 0) -> bytes:
        """The compressed file of a picture (3, height, width)."""
        return self.pack(self.latents_of(picture), PictureSize(*picture.shape[1:]), position, effort, picture)

    def decode(self, data: bytes) -> Picture:
        """The picture of a compressed file. Raises BitstreamError."""
        return self.picture_of(*self.unpack(data))
