"""The linear start: a codec at step 0 is as good as the Karhunen-Loeve transform whose weights it was given."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration
from model.data import Bytes, to_batch
from model.linear_start import start_linear, static_distributions
from model.mixture import mixture_bits
from model.plan import TrainingPlan
from model.shift import shifts_of
from model.trainer import Trainer
from sample_photographs import photograph_squares

pytestmark = pytest.mark.slow  # fits linear codecs

Real = npt.NDArray[np.float64]

WIDTHS = (24, 32, 48)
RATE_WEIGHTS = {1: 64.0, 3: 256.0, 5: 1024.0, 7: 4096.0}
"""lambda at positions among the anchors."""

BEST_STEP = 26.0
"""Of a Karhunen-Loeve transform of photographs: steps are sqrt(26 / lambda)."""

CARRIERS = {
    "block-shift": {"branches": "shift"},
    "block-both": {"branches": "both"},
    "block-adder": {"branches": "adder"},
    "block-twin": {"branches": "convolution"},
    "pool-shift": {"branches": "shift", "shortcut": "pool"},
    "pool-both": {"branches": "both", "shortcut": "pool"},
    "pool-twin": {"branches": "convolution", "shortcut": "pool"},
    "pool-even": {"branches": "shift", "shortcut": "pool", "widths": (24, 48, 48)},
}

FINE = {"branches": "shift", "strides": (2, 2, 2), "first_kernel": 5}


def configuration(**fields: Any) -> CodecConfiguration:
    return replace(PRESETS["tiny"], **{"widths": WIDTHS, "entropy": "static", **fields})


def started(pictures: list[Bytes], configuration: CodecConfiguration) -> Codec:
    """A codec as training begins with it: its shift weights are soft."""
    torch.manual_seed(0)
    codec = Codec(configuration).eval()
    for shift in shifts_of(codec):
        shift.harden(0.0)
    start_linear(codec, pictures)
    return codec


@torch.no_grad()
def losses_of(codec: Codec, pictures: list[Bytes]) -> dict[float, float]:
    """lambda * MSE + bits per pixel of all pictures by lambda."""
    image = to_batch(pictures)
    found = {}
    for position, rate_weight in RATE_WEIGHTS.items():
        restored, bits = codec(image, torch.full((len(image),), float(position)))
        rate = float(bits.mean()) / (image.shape[2] * image.shape[3])
        found[rate_weight] = rate_weight * float((restored - image).square().mean()) + rate
    return found


def blocks_of(maps: Real, side: int) -> Real:
    """Maps [B, C, H, W] as blocks [B, H / side, W / side, C * side**2]."""
    count, channels, height, width = maps.shape
    split = maps.reshape(count, channels, height // side, side, width // side, side)
    return split.transpose(0, 2, 4, 1, 3, 5).reshape(count, height // side, width // side, -1)


def maps_of(blocks: Real, side: int) -> Real:
    """What `blocks_of` makes blocks of."""
    count, rows, columns, _ = blocks.shape
    split = blocks.reshape(count, rows, columns, -1, side, side).transpose(0, 3, 1, 4, 2, 5)
    return split.reshape(count, -1, rows * side, columns * side)


def entropy(symbols: Real) -> float:
    """Bits of all symbols [positions, M] by how often each channel has each value."""
    bits = 0.0
    for channel in (symbols - symbols.min()).astype(np.int64).T:
        counts = np.bincount(channel)
        bits -= float((counts * np.log2(np.maximum(counts, 1) / counts.sum())).sum())
    return bits


@cache  # of a few, that the tests take seconds
def squares() -> list[Bytes]:
    return photograph_squares(count=28)


@cache
def transform_losses(widths: tuple[int, ...], strides: tuple[int, ...]) -> dict[float, float]:
    """The same of the transform itself: stage by stage the strongest directions of blocks, and their transposes."""
    image = np.stack(squares()).transpose(0, 3, 1, 2) / 256.0
    maps, undo = image, []
    for width, side in zip(widths, strides, strict=True):
        blocks = blocks_of(maps, side)
        flat = blocks.reshape(-1, blocks.shape[-1])
        mean = flat.mean(0) if maps is image else np.zeros(flat.shape[1])
        directions = np.linalg.eigh((flat - mean).T @ (flat - mean))[1][:, ::-1][:, :width]
        undo.append((directions, mean, side))
        maps = ((blocks - mean) @ directions).transpose(0, 3, 1, 2)
    found = {}
    for rate_weight in RATE_WEIGHTS.values():
        step = (BEST_STEP / rate_weight) ** 0.5
        symbols = np.round(maps / step)
        restored = symbols * step
        for directions, mean, side in reversed(undo):
            restored = maps_of(restored.transpose(0, 2, 3, 1) @ directions.T + mean, side)
        rate = entropy(symbols.transpose(0, 2, 3, 1).reshape(-1, symbols.shape[1])) * 3 / image.size
        found[rate_weight] = rate_weight * float(np.square(restored - image).mean()) + rate
    return found


@pytest.mark.parametrize("name", CARRIERS)
def test_step_0_is_as_good_as_the_transform(name: str) -> None:
    chosen = configuration(**CARRIERS[name])
    expected, found = transform_losses(chosen.widths, chosen.strides), losses_of(started(squares(), chosen), squares())
    for rate_weight, loss in found.items():
        assert loss <= 1.03 * expected[rate_weight], (rate_weight, loss, expected)
        assert loss >= 0.97 * expected[rate_weight], "two models of the same thing"


def test_finer_latents_begin_as_well() -> None:
    """The means of blocks that few photographs have are no Laplace distribution's, and a larger part of the rate."""
    chosen = configuration(**FINE)
    expected, found = transform_losses(chosen.widths, chosen.strides), losses_of(started(squares(), chosen), squares())
    assert all(loss <= 1.06 * expected[rate_weight] for rate_weight, loss in found.items()), (found, expected)


@pytest.mark.parametrize(
    "fields", [{"entropy": "groups"}, {"mixture": "gaussian", "mixture_components": 3}, {"mixture_components": 4}]
)
def test_every_entropy_model_begins_with_the_statistics_of_the_latents(fields: dict[str, Any]) -> None:
    chosen = configuration(branches="shift", **fields)
    expected, found = transform_losses(chosen.widths, chosen.strides), losses_of(started(squares(), chosen), squares())
    assert all(loss <= 1.03 * expected[rate_weight] for rate_weight, loss in found.items()), (found, expected)


def test_the_context_model_begins_near_static_distributions() -> None:
    """What is more are the hyper latents, whose networks begin at random."""
    context, static = (configuration(branches="shift", entropy=entropy) for entropy in ("context", "static"))
    found, expected = (losses_of(started(squares(), chosen), squares()) for chosen in (context, static))
    hyper_bits = 16 * 9 / 64**2
    assert all(loss - expected[weight] < hyper_bits + 0.01 for weight, loss in found.items()), (found, expected)


@pytest.mark.parametrize("name", ["block-both", "block-twin"])
def test_training_begins_at_that_loss(name: str, tmp_path: Path) -> None:
    """Noise in place of rounding costs 15 % here; that statistics of adders still move costs nothing."""
    chosen = configuration(**CARRIERS[name])
    codec = started(squares(), chosen).train()
    before = losses_of(codec.eval(), squares())
    plan = TrainingPlan(steps=100, warm_up=100, soft_share=0.6, hardening_share=0.3, rate_weights=(256, 256), balance=1)
    trainer = Trainer(codec, plan, tmp_path / "codec.npz")
    first = [math.exp(trainer.advance(to_batch(squares()))[0]) for _ in range(3)]  # means of logarithms
    assert max(first) < 1.2 * before[256.0] and first == pytest.approx([first[0]] * 3, rel=0.01)


def test_an_adder_alone_beside_a_pool_carries_nothing() -> None:
    with pytest.raises(ValueError, match="a linear start needs a block shortcut, a shift branch or a convolution"):
        started(squares()[:2], configuration(branches="adder", shortcut="pool"))


def test_photographs_of_any_size_do() -> None:
    with pytest.raises(ValueError, match="a linear start needs photographs of at least 16x16, found none"):
        started([np.zeros((15, 100, 3), np.uint8)], configuration())
    sizes = [(16, 16), (50, 37), (130, 300)]
    for height, width in sizes:
        picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        losses = losses_of(started([picture], configuration()), [picture[:16, :16]])
        assert all(map(np.isfinite, losses.values()))


@pytest.mark.parametrize("grey", [0, 119, 255])
def test_flat_photographs_are_no_fault(grey: int) -> None:
    flat = [np.full((64, 64, 3), grey, np.uint8)] * 3
    codec = started(flat, configuration(branches="both"))
    with torch.no_grad():
        restored, bits = codec(to_batch(flat), torch.full((3,), 8.0))
    assert bool((restored - grey / 256).abs().max() < 0.02) and float(bits.max()) < 50


def test_the_same_seed_gives_the_same_start() -> None:
    states = [started(squares()[:7], configuration(branches="both")).state_dict() for _ in range(2)]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_the_start_of_wide_latents_takes_seconds() -> None:
    begin = time.process_time()
    started(squares(), configuration(widths=(48, 128, 256), branches="shift"))
    assert time.process_time() - begin < 10


def test_a_mixture_is_found_that_costs_no_more_than_the_distribution_of_the_latents() -> None:
    """Symbols of known distributions, in the ranges of all qualities."""
    torch.manual_seed(0)
    scales = torch.tensor([0.05, 0.3, 1.0, 6.0, 60.0])
    codec = Codec(configuration(widths=(4, 4, 5)))
    latents = torch.distributions.Laplace(torch.zeros(5), scales).sample((8, 40, 40)).permute(0, 3, 1, 2)
    logits, means, log_scales = static_distributions(codec, latents, 2, "laplace")
    symbols = latents.round()
    found, ideal = (
        mixture_bits(symbols.permute(0, 2, 3, 1), *distributions, mixture="laplace").mean((0, 1, 2))
        for distributions in (
            (logits[5], means[5], log_scales[5]),
            (torch.zeros(5, 1), torch.zeros(5, 1), scales.log()[:, None]),
        )
    )
    assert bool((found < 1.01 * ideal + 0.002).all()), (found, ideal)
