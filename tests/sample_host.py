"""Small codecs of integers alone, for tests that need no float model."""

from __future__ import annotations

import numpy as np

from host import HostCodec, LatentSteps
from host.channel_group import ChannelGroup, Int8, signed_channels
from host.channel_groups import ChannelGroups
from host.entropy_model import EntropyModel
from host.law import COMPONENTS
from host.layout import SIGNED_CHANNELS
from host.qualities import ANCHORS
from ops import GraphBuilder, Requant, ShiftConv2d, TensorType
from sample_graphs import PIXELS, analysis_graph, synthesis_graph


def entropy_model(channels: int = 6, seed: int = 0) -> EntropyModel:
    """A random model of two groups or one, whose scales follow the magnitudes around and the quality."""
    sizes = (channels - channels // 3, channels // 3) if channels >= 3 else (channels,)
    rng, firsts = np.random.default_rng(seed), np.cumsum([0, *sizes])
    return ChannelGroups(tuple(_group(rng, int(first), size) for first, size in zip(firsts, sizes, strict=False)))


def _group(rng: np.random.Generator, first: int, count: int, hidden: int = 8) -> ChannelGroup:
    def weights(*shape: int) -> Int8:
        return rng.integers(-20, 21, shape, np.int8)

    outputs = 3 * COMPONENTS * count
    laws = rng.integers(-500, 500, (1, outputs)).repeat(ANCHORS, 0)
    laws[:, 2 * outputs // 3 :] += np.linspace(-500, 1500, ANCHORS, dtype=np.int64)[:, None]
    return ChannelGroup(
        before=weights(hidden, 9 * (first + min(first, SIGNED_CHANNELS))),
        own=weights(hidden, 12 * (count + signed_channels(first, count))),
        hidden_bias=rng.integers(-9999, 10000, (ANCHORS, hidden), np.int32),
        hidden_shifts=np.full(hidden, 6, np.int32),
        middle=weights(hidden, hidden),
        middle_bias=rng.integers(-9999, 10000, hidden, np.int32),
        middle_places=np.full(hidden, 5, np.int32),
        middle_shifts=np.full(hidden, 6, np.int32),
        laws=weights(outputs, hidden),
        law_bias=laws.astype(np.int32),
        law_shifts=np.full(outputs, 6, np.int32),
        scale=np.full((12, count), 4096 // 12, np.int16),
        mean=rng.integers(-200, 200, (12, count if first < SIGNED_CHANNELS else 0), np.int16),
    )


def latent_steps(channels: int = 6, seed: int = 0, logs: tuple[float, float] = (7, 2)) -> LatentSteps:
    """Steps from 2^7 of the grid at quality 1 to 2^2 at quality 100, times another factor for each channel."""
    rng = np.random.default_rng(seed)
    steps = np.linspace(*logs, ANCHORS)[:, None] + 0.3 * rng.normal(size=(1, channels))
    return LatentSteps.from_logs(steps, steps - 0.02, 0, rng.uniform(0, 0.1, (ANCHORS, channels)))


def random_codec(seed: int = 0, threads: int = 1) -> HostCodec:
    """A codec whose pictures are noise, but which has every primitive."""
    analysis = analysis_graph(seed=seed, bits=12)
    synthesis = synthesis_graph(seed=seed + 1, grid=analysis.output_type.fixed)
    return HostCodec(analysis, synthesis, latent_steps(seed=seed), entropy_model(), threads)


def identity_codec() -> HostCodec:
    """Latents are the samples, centred, 16 of the grid to one: rate and PSNR rise with the quality."""
    channels = 3
    ones = np.eye(channels, dtype=np.int64)[None, :, :, None, None]
    builder = GraphBuilder("analysis", "pixels", PIXELS)
    samples = builder.add("samples", ShiftConv2d(5 * ones, np.full(channels, -2048), weight_frac=4), "pixels")
    analysis = builder.build(builder.add("latents", Requant(0, 12, 1), samples))
    kind = TensorType.of_format(channels, analysis.output_type.fixed)
    builder = GraphBuilder("synthesis", "latents", kind)
    centred = builder.add("centred", ShiftConv2d(ones, np.full(channels, 2048)), "latents")
    synthesis = builder.build(builder.add("pixels", Requant(4, 8, 0), centred))
    return HostCodec(analysis, synthesis, latent_steps(channels, logs=(10.5, 5)), entropy_model(channels))
