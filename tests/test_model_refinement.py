"""Efforts 5 to 9 and what guides encoders: twins in torch beside the integers, and that refinement never loses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from host import HostCodec
from host.channel_groups import ChannelGroups
from host.effort import symbols_by
from host.latents import Latents
from host.qualities import rate_weight_at
from host.steps import LatentSteps
from model import refinement
from model.calibration import load_quantized
from model.configuration import preset
from model.distribution_twin import DistributionTwin
from model.graph_twin import TWINS, GraphTwin
from model.guides import Judge, Samples, fit_dead_zones, fit_guides, guide
from model.lowering import QuantizedCodec
from ops import Graph, Requant
from sample_codecs import pictures, quantized_checkpoint
from sample_graphs import analysis_graph, synthesis_graph
from sample_host import entropy_model, random_codec
from sample_pictures import photograph
from sapm.bundle import export_bundle
from test_host_effort import CODEC, guided, loss


@pytest.mark.parametrize("graph", [analysis_graph(bits=12), synthesis_graph()], ids=lambda graph: graph.name)
def test_graph_twin_computes_the_integers(graph: Graph) -> None:
    kind = graph.input_type
    x = np.random.default_rng(0).integers(kind.low, kind.high + 1, (kind.channels, 32, 48))
    twin = GraphTwin(graph)(torch.from_numpy(x)[None].float())[0]
    np.testing.assert_array_equal(twin.numpy().astype(np.int64), graph(x))


def test_graph_twin_has_gradients() -> None:
    kind = CODEC.synthesis.input_type
    x = torch.zeros(1, kind.channels, 4, 4, requires_grad=True)
    GraphTwin(CODEC.synthesis)(x).sum().backward()
    assert (x.grad == 1 / 16).all()


def test_graph_twin_names_a_primitive_that_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TWINS, Requant)
    with pytest.raises(ValueError, match="synthesis: primitives must be among .*'Add'.*, not Requant"):
        GraphTwin(CODEC.synthesis)


def test_distribution_twin_counts_the_bits_of_the_integers() -> None:
    model = entropy_model()
    assert isinstance(model, ChannelGroups)
    # no farther out than where every symbol's least count begins to matter
    symbols = np.rint(np.random.default_rng(3).laplace(size=(6, 9, 11))).astype(np.int64)
    bits = float(DistributionTwin(model, 700).bits(torch.from_numpy(symbols).float()))
    assert bits == pytest.approx(model.estimate_bits(symbols, 700), rel=0.01)


@pytest.mark.parametrize("codec", [CODEC, guided(random_codec(), 1e-6)], ids=["identity", "random"])
def test_refinement_never_loses(codec: HostCodec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refinement, "ITERATIONS", {5: 40})
    original, position = photograph(37, 45), 1024
    files = [codec.encode(original, position, effort) for effort in (0, 4, 5)]
    losses = [loss(codec, original, data, position) for data in files]
    assert losses[2] <= losses[1]
    assert codec.encode(original, position, 5) == files[2]
    if codec is not CODEC:  # where samples do not meet in any latent, there is little to refine
        assert losses[2] < losses[1]


def test_what_is_worse_in_integers_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A learning rate that ruins the latents."""
    monkeypatch.setattr(refinement, "LEARNING_RATE", 10.0)
    original = photograph(32, 32)
    refined, traded = (CODEC.read(CODEC.encode(original, 1024, effort)).symbols for effort in (5, 4))
    np.testing.assert_array_equal(refined, traded)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quantized_checkpoint(preset("tiny"), tmp_path_factory.mktemp("guides") / "tiny.npz")


@pytest.mark.slow
def test_guides_come_with_quantization_and_reach_the_codec_folder(checkpoint: Path, tmp_path: Path) -> None:
    quantized, steps, entropy = load_quantized(checkpoint)
    again = guide(quantized, steps, entropy, pictures())
    host = export_bundle(checkpoint, tmp_path / "codec").host
    for name in ("dead_zones", "gains", "targets"):
        np.testing.assert_array_equal(getattr(host.steps, name), getattr(again, name))
    assert host.steps.digest() == replace(host.steps, gains=None, targets=None).digest()


def real_loss(
    quantized: QuantizedCodec, steps: LatentSteps, entropy: ChannelGroups, effort: int, position: int
) -> float:
    """Of the integers, over samples, told apart from what the code under test computes."""
    graph, total = quantized.graph("synthesis"), 0.0
    for picture in pictures():
        latents = quantized.graph("analysis")(picture.astype(np.int64))
        symbols = symbols_by(effort, Latents(latents, position, entropy, steps, graph))
        decoded = graph(steps.restore(symbols, position, graph.input_type.low, graph.input_type.high))
        error = np.square((decoded - picture.astype(float)) / 255).mean()
        total += rate_weight_at(position) * error * picture[0].size + entropy.estimate_bits(symbols, position)
    return total


def judge_of(quantized: QuantizedCodec, entropy: ChannelGroups) -> Judge:
    return Judge(quantized.graph("synthesis"), entropy, Samples.of(quantized, pictures()))


def test_dead_zones_are_no_worse_than_none(checkpoint: Path) -> None:
    quantized, steps, entropy = load_quantized(checkpoint)
    plain = replace(steps, dead_zones=np.zeros_like(steps.dead_zones))
    fitted = replace(steps, dead_zones=fit_dead_zones(judge_of(quantized, entropy), plain))
    for position in (0, 1024, 2048):
        losses = [real_loss(quantized, tried, entropy, 0, position) for tried in (plain, fitted)]
        assert losses[1] <= losses[0]


def test_fitted_guides_are_no_worse_in_fact_than_measured_ones(checkpoint: Path) -> None:
    quantized, steps, entropy = load_quantized(checkpoint)
    far = replace(steps, targets=(steps.targets + 300).astype(np.int16))  # a Newton step that goes too far
    fitted = fit_guides(judge_of(quantized, entropy), far)
    losses = [
        [real_loss(quantized, tried, entropy, 2, position) for position in (256, 1024, 1792)] for tried in (far, fitted)
    ]
    assert all(after <= before for before, after in zip(*losses, strict=True))
    assert losses[0] != losses[1]


def test_gains_are_those_of_the_synthesis(tmp_path: Path) -> None:
    """Beside what steps of random signs in one channel make of the picture."""
    linear = replace(preset("tiny"), branches="convolution")  # of adders, gradients are those of training
    quantized, steps, _ = load_quantized(quantized_checkpoint(linear, tmp_path / "linear.npz"))
    samples, graph, position = Samples.of(quantized, pictures()), quantized.graph("synthesis"), 2048
    gains, _ = steps.guides(position)
    low, high = graph.input_type.low, graph.input_type.high
    restored = [steps.restore(steps.quantize(y, position), position, low, high) for y in samples.latents]
    rng, found = np.random.default_rng(0), []
    channels = np.argsort(gains)[-4:]
    for channel in channels:
        total = 0.0
        for y in restored:
            signs = np.zeros_like(y)
            signs[channel] = 200 * rng.choice([-1, 1], y.shape[1:])
            change = (graph((y + signs).clip(low, high)) - graph(y)) / 255
            total += np.square(change).sum() / signs[channel].size / 200**2 / len(restored)
        found.append(total)
    ratios = np.array(found) / gains[channels]  # a random codec's maps are coarse beside such weak changes
    assert (ratios > 0.4).all() and (ratios < 2.5).all(), ratios
