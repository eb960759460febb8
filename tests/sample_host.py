"""Small codecs of integers alone, for tests that need no float model."""

from __future__ import annotations

import numpy as np

from host import HostCodec, LatentSteps
from host.entropy_model import EntropyModel
from host.qualities import ANCHORS
from ops import GraphBuilder, Requant, ShiftConv2d, TensorType
from sample_entropy import channel_groups, steady
from sample_graphs import PIXELS, analysis_graph, synthesis_graph


def entropy_model(channels: int = 6, seed: int = 0) -> EntropyModel:
    """A model that codes symbols of so many channels."""
    return steady(channel_groups(channels, seed))


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
