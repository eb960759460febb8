"""Effort: better symbols for the same latents, whoever made them; what decoders get is all the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from host import HostCodec, PictureSize
from host.channel_groups import ChannelGroups
from host.distribution import tables
from host.prices import distribution_gradient, find_prices
from host.qualities import rate_weight_at
from host.steps import WHOLE, LatentSteps
from sample_host import identity_codec, random_codec
from sample_pictures import photograph

ROOT = Path(__file__).parents[1]
POSITIONS = (300, 1024, 1700)


def guided(codec: HostCodec, gain: float, target: float = 1.0) -> HostCodec:
    """With the same gain and target for all channels and qualities."""
    tables = (np.full_like(codec.steps.steps, round(np.log2(value) * WHOLE)) for value in (gain, target))
    steps = codec.steps
    return replace(codec, steps=LatentSteps(steps.steps, steps.restored, steps.dead_zones, *tables))


# its latents are the samples, 16 of the grid to one
CODEC = guided(identity_codec(), 1 / (16 * 255) ** 2)


def loss(codec: HostCodec, original: np.ndarray, data: bytes, position: int) -> float:
    """Bits and lambda * MSE."""
    error = np.square((codec.decode(data).astype(float) - original) / 255).mean()
    bits = codec.entropy.estimate_bits(codec.read(data).symbols, position)
    return rate_weight_at(position) * error * original[0].size + bits


@pytest.mark.parametrize("position", POSITIONS)
def test_more_effort_pays(position: int) -> None:
    original = photograph(48, 64)
    losses = [loss(CODEC, original, CODEC.encode(original, position, effort), position) for effort in range(5)]
    assert losses[4] <= losses[2] <= losses[0] and losses[3] < 0.995 * losses[0], losses


@pytest.mark.parametrize("effort", [1, 3])
def test_it_is_deterministic_and_works_on_given_latents(effort: int) -> None:
    original = photograph(40, 50)
    data = CODEC.encode(original, 1024, effort)
    assert CODEC.encode(original, 1024, effort) == data
    assert CODEC.pack(CODEC.latents_of(original), PictureSize(40, 50), 1024, effort) == data


def test_symbols_stay_in_their_range_and_zeros_zero() -> None:
    codec = random_codec()
    codec = guided(codec, 1.0, 8.0)
    latents = np.full((6, 2, 3), -2048)
    latents[:, 0] = 2047
    latents[2:4] = 0
    symbols = codec.symbols_of(latents, 2048, 3)
    assert symbols.min() >= -1024 and symbols.max() <= 1023 and not symbols[2:4].any()
    assert codec.read(codec.pack(latents, PictureSize(17, 40), 2048, 3)).symbols.tolist() == symbols.tolist()


def test_a_codec_without_gains_says_so() -> None:
    with pytest.raises(ValueError, match=r"must have gains and targets for an effort above 0"):
        random_codec().encode(photograph(16, 16), 0, 1)


def test_refinement_takes_the_picture() -> None:
    made = CODEC.latents_of(photograph(16, 16))
    with pytest.raises(ValueError, match="effort 5 takes the picture that the latents were made of"):
        CODEC.pack(made, PictureSize(16, 16), 0, 5)


def test_no_torch_below_effort_5() -> None:
    program = """
import sys
from test_host_effort import CODEC, photograph
for effort in range(5):
    CODEC.encode(photograph(32, 32), 1024, effort)
assert not {"torch", "onnx", "model"} & sys.modules.keys(), "torch"
"""
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=paths)


def test_bits_of_candidates_are_nearly_those_of_the_integers() -> None:
    model, symbols = _model_and_symbols()
    bits = find_prices(model, symbols, symbols, 700).bits
    assert np.abs(bits - model.costs(symbols, 700)).mean() < 0.02


def _model_and_symbols() -> tuple[ChannelGroups, np.ndarray]:
    model = random_codec().entropy
    assert isinstance(model, ChannelGroups)
    rng = np.random.default_rng(3)
    return model, np.rint(rng.laplace(size=(6, 9, 11)) * 3).astype(np.int64)


def _agreement(model: ChannelGroups, symbols: np.ndarray) -> float:
    """Correlation of what prices foretell for others with what small changes of one symbol make them cost."""
    prices, known = find_prices(model, symbols, symbols, 700), tables()
    before = model.costs(symbols, 700)[0]
    foretold, found = [], []
    for place in [(c, y, x) for c in range(6) for y in (1, 4, 7) for x in (0, 5, 9)]:
        for step in (-1, 1):
            changed = symbols.copy()
            changed[place] += step
            after = model.costs(changed, 700)[0]
            found.append((after - before).sum(dtype=float) - (after - before)[place])
            pair = np.array([symbols[place], changed[place]])
            magnitude = np.diff(known.magnitudes[abs(pair)].astype(float))[0]
            value = np.diff(np.sign(pair) * known.values[abs(pair)].astype(float))[0]
            foretold.append(
                prices.of_magnitudes[place] * magnitude
                + prices.of_values[place] * value
                + prices.of_symbols[place] * step
            )
    return float(np.corrcoef(foretold, found)[0, 1])


def test_prices_foretell_what_others_cost() -> None:
    """Beside the integers, for all small changes of one symbol together."""
    assert _agreement(*_model_and_symbols()) > 0.6


def test_prices_know_what_parts_tell_each_other() -> None:
    """Where nothing else is told: neither by groups before nor by neighbours."""
    model, symbols = _model_and_symbols()
    silent = [
        replace(group, **{name: np.zeros_like(getattr(group, name)) for name in ("before", "own", "scale", "mean")})
        for group in model.groups
    ]
    assert _agreement(ChannelGroups(tuple(silent)), symbols) > 0.6


def test_gradient_of_the_distributions_is_that_of_differences() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(40, 6 * 3)) * 10
    symbols = np.rint(rng.normal(size=(40, 3)) * 3)
    gradient = distribution_gradient(raw, symbols)
    for column in range(raw.shape[1]):
        high, low = raw.copy(), raw.copy()
        high[:, column] += 1e-3
        low[:, column] -= 1e-3
        difference = (_bits(high, symbols) - _bits(low, symbols)).sum(1) / 2e-3
        np.testing.assert_allclose(gradient[:, column], difference, atol=1e-3)


def _bits(raw: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    logits, means, scales = raw.reshape(len(raw), 3, 2, -1).transpose(1, 2, 0, 3) / 16
    weights = np.exp(logits) / np.exp(logits).sum(0)

    def below(x: np.ndarray) -> np.ndarray:
        tail = np.exp(-np.abs(x) / np.exp(scales)) / 2
        return np.where(x < 0, tail, 1 - tail)

    masses = (weights * (below(symbols + 0.5 - means) - below(symbols - 0.5 - means))).sum(0)
    return -np.log2(masses + 2.0**-28)
