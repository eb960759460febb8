"""The context entropy model in whole numbers: hyper latents and a 5x5 masked context give each latent its own law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from host.archive import Arrays, array_of, digest_of, read_arrays, write_arrays
from host.coder import CodingError, check_length, compressed, decode_planes, encode_planes, reading
from host.context_coder import Neighbourhood, decode_waves, encode_waves, laws_of
from host.context_file import network_arrays, network_from
from host.law import LATENT_HIGH, LATENT_LOW, TOTAL_BITS, WINDOW
from host.network import Convolution, Network, check_chain, evaluate
from host.range_coder import stream
from host.tables import EntropyTables, TablesError
from ops import IntegerArray

LATENT_BITS = 8
"""Latents, and hyper latents, are signed integers of so many bits."""

CONTEXT_KERNEL = 5
FORMAT = b"sapm context model 1"
NETWORKS = ("hyper_analysis", "hyper_synthesis", "parameters")


@dataclass(frozen=True)
class ContextModel:
    """An entropy model for latents [M, H, W] of 8 bits; docs/bitstream.md says what its parts do.

    hyper_analysis: latents to hyper latents [N, ceil(H / r), ceil(W / r)] of 8 bits. hyper_synthesis: hyper latents to
    features [2M, ..], r times the sides. context: 5x5, its weights zero from the centre on, latents to [2M, H, W].
    parameters: 1x1, features and context [4M, ..] to logits, means and log scales of K = `components` Laplace laws in
    sixteenths, channel (p * K + k) * M + m. hyper_tables: one table for each channel of the hyper latents. Raises
    ValueError where these do not fit together.
    """

    hyper_analysis: Network
    hyper_synthesis: Network
    context: Convolution
    parameters: Network
    components: int
    hyper_tables: EntropyTables

    payload_version: ClassVar[int] = 2
    alphabet_low: ClassVar[int] = LATENT_LOW
    alphabet_high: ClassVar[int] = LATENT_HIGH

    def __post_init__(self) -> None:
        latents, hyper = self.latent_channels, len(self.hyper_tables.channels)
        if not 1 <= self.components <= 16:
            raise ValueError(f"components must be 1 to 16, not {self.components!r}")
        check_chain("hyper_analysis", self.hyper_analysis, latents, hyper, LATENT_BITS)
        check_chain("hyper_synthesis", self.hyper_synthesis, hyper, 2 * latents, LATENT_BITS)
        check_chain("context", (self.context,), latents, 2 * latents, LATENT_BITS)
        bits = max(self.hyper_synthesis[-1].bits, self.context.bits)
        check_chain("parameters", self.parameters, 4 * latents, 3 * self.components * latents, bits)
        self._check_context()
        self._check_hyper()
        if any(layer.weights.shape[2] != 1 or layer.stride * layer.widening != 1 for layer in self.parameters):
            raise ValueError("parameters must be 1x1 convolutions without stride or widening")

    def _check_context(self) -> None:
        kernel = self.context.weights.shape[2]
        if kernel != CONTEXT_KERNEL or self.context.stride * self.context.widening != 1:
            raise ValueError(f"context must be 5x5 without stride or widening, not {kernel}x{kernel}")
        if self.context.weights.reshape(*self.context.weights.shape[:2], -1)[:, :, kernel**2 // 2 :].any():
            raise ValueError("context must have zero weights at its centre and after it")

    def _check_hyper(self) -> None:
        enlarged = prod(layer.widening for layer in self.hyper_synthesis)
        if enlarged != self.reduction or any(layer.stride != 1 for layer in self.hyper_synthesis):
            raise ValueError(
                f"hyper_synthesis must enlarge by {self.reduction}, as hyper_analysis reduces, not by {enlarged}"
            )
        if any(layer.widening != 1 for layer in self.hyper_analysis) or self.hyper_analysis[-1].bits != LATENT_BITS:
            raise ValueError(f"hyper_analysis must not widen and must end in {LATENT_BITS} bits")
        alphabet = self.hyper_tables.alphabet_low, self.hyper_tables.alphabet_high
        if alphabet != (LATENT_LOW, LATENT_HIGH):
            raise ValueError(f"the alphabet of hyper_tables must be {[LATENT_LOW, LATENT_HIGH]}, not {[*alphabet]}")

    @property
    def latent_channels(self) -> int:
        """M, the channels of the latents."""
        return self.context.weights.shape[1]

    @cached_property
    def reduction(self) -> int:
        """r, how many latents a hyper latent spans to each side."""
        return prod(layer.stride for layer in self.hyper_analysis)

    def encode(self, latents: IntegerArray) -> bytes:
        """The coded latents of shape (M, height, width). Raises CodingError where they are not of 8 bits."""
        encoder = stream.queue.RangeEncoder()
        known = self._known(latents)
        encode_planes(encoder, known.hyper, self.hyper_tables)
        encode_waves(encoder, known)
        return compressed(encoder)

    def decode(self, data: bytes, shape: tuple[int, int, int]) -> IntegerArray:
        """The latents of `shape` that `data` holds. Raises CodingError."""
        channels, height, width = shape
        if channels != self.latent_channels:
            raise CodingError(f"latents must have {self.latent_channels} channels, not {channels}")
        hyper_shape = len(self.hyper_tables.channels), -(-height // self.reduction), -(-width // self.reduction)
        check_length(data, self.hyper_tables.least_bits * prod(hyper_shape[1:]), shape)
        with reading(data) as decoder:
            hyper = decode_planes(decoder, hyper_shape, self.hyper_tables)
            check_length(data, self.hyper_tables.estimate_bits(hyper), shape)
            known = Neighbourhood(self, hyper, shape)
            decode_waves(decoder, known, len(data))
        return known.inside.transpose(2, 0, 1).astype(np.int64)

    def estimate_bits(self, latents: IntegerArray) -> float:
        """The ideal code length in bits of latents of shape (M, height, width), hyper latents included."""
        known = self._known(latents)
        bits = self.hyper_tables.estimate_bits(known.hyper)
        for laws, values in laws_of(known):
            symbols = laws.symbols_of(values)
            bits += TOTAL_BITS * symbols.size - float(np.log2(laws.counts_less_one(symbols) + 1).sum())
            bits += 8 * int((symbols == WINDOW).sum())
        return bits

    def hyper_latents(self, latents: IntegerArray) -> IntegerArray:
        """[N, ceil(H / r), ceil(W / r)] for latents [M, H, W]."""
        maps: npt.NDArray[np.int16] = np.ascontiguousarray(latents.transpose(1, 2, 0), np.int16)
        return evaluate(self.hyper_analysis, maps).transpose(2, 0, 1).astype(np.int64)

    def _known(self, latents: IntegerArray) -> Neighbourhood:
        if latents.ndim != 3 or latents.shape[0] != self.latent_channels or not latents.size:
            raise CodingError(f"latents must have {self.latent_channels} channels, not the shape {latents.shape}")
        if latents.min() < LATENT_LOW or latents.max() > LATENT_HIGH:
            raise CodingError(
                f"latents must lie in [{LATENT_LOW}, {LATENT_HIGH}], not [{latents.min()}, {latents.max()}]"
            )
        known = Neighbourhood(self, self.hyper_latents(latents), latents.shape)
        known.inside[:] = latents.transpose(1, 2, 0)
        return known

    def arrays(self) -> Arrays:
        """Everything that the model is, as named arrays."""
        arrays = network_arrays("context", (self.context,))
        for name in NETWORKS:
            arrays |= network_arrays(name, getattr(self, name))
        arrays["components"] = np.array(self.components, "<i8")
        arrays["hyper_tables"] = np.frombuffer(self.hyper_tables.to_json(), np.uint8)
        arrays["format"] = np.frombuffer(FORMAT, np.uint8)
        return arrays

    def digest(self) -> bytes:
        """SHA-256 of the model."""
        return digest_of(self.arrays())

    def save(self, path: Path) -> None:
        """Write the model to `path`, whole or not at all."""
        write_arrays(path, self.arrays())

    @classmethod
    def load(cls, path: Path) -> ContextModel:
        """The model of the file at `path`. Raises TablesError."""
        try:
            return _from_arrays(read_arrays(path))
        except OSError as error:
            raise TablesError(f"{path.name}: {error.strerror}") from error
        except ValueError as error:
            raise TablesError(f"{path.name}: {error}") from error


def _from_arrays(arrays: Arrays) -> ContextModel:
    if (found := array_of(arrays, "format", "u1").tobytes()) != FORMAT:
        raise ValueError(f"must be a file of format {FORMAT.decode()!r}, not {found!r}")
    networks = {name: network_from(name, arrays) for name in NETWORKS}
    contexts = network_from("context", arrays)
    components = array_of(arrays, "components", "<i8")
    if len(contexts) != 1 or components.shape != ():
        raise ValueError("must have one context convolution and one number of components")
    tables = EntropyTables.from_json(array_of(arrays, "hyper_tables", "u1").tobytes())
    return ContextModel(**networks, context=contexts[0], components=int(components), hyper_tables=tables)
