"""Fine-tuning: exact in evaluation, with gradients in training, layer by layer; the command from file to file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from command import Result, invoke
from host.channel_groups import ChannelGroups
from model.calibration import load_quantized
from model.checkpoint import load_checkpoint, read_record, save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS
from model.deconvolution import deconvolutions_of
from model.figures import rate_and_psnr
from model.finetuner import DEPTH, LAYERS, FineTuner, PartlyQuantized, Stages
from model.gdn import GDN
from model.lowering import STEPS, QuantizedCodec, first_formats
from model.plan import TrainingPlan
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import BitWidths, Formats
from model.shift import DeepShiftConv2d
from sample_codecs import lively_codec, pictures

TINY = replace(PRESETS["tiny"], widths=(8, 8, 8))


def tuner_of(out: Path, stages: Stages, **changes: object) -> FineTuner:
    codec = lively_codec(replace(TINY, **changes))
    plan = TrainingPlan(
        steps=stages.total, learning_rate=1e-3, carrier_rate=1.0, batch=2, crop=64, warm_up=1, average_decay=0.0
    )
    bytes_ = torch.from_numpy(pictures())
    return FineTuner(codec, plan, out, stages, first_formats(codec, bytes_, BitWidths()), bytes_)


@pytest.mark.parametrize("changes", [{}, {"branches": "convolution"}, {"entropy": "static"}])
@pytest.mark.parametrize("bits", [8, 16])
def test_evaluation_is_that_of_the_integer_graphs(changes: dict[str, str], bits: int) -> None:
    codec = lively_codec(replace(TINY, **changes))
    quantized = QuantizedCodec.calibrate(codec, pictures(), BitWidths(activation=bits, latents=12))
    picture, positions = pictures(1, seed=5), torch.tensor([5.5])
    network = PartlyQuantized(codec, quantized.formats).eval()
    restored, bits_of_picture = network(torch.from_numpy(picture) / 256, positions)
    grid = quantized.graph("analysis").output_type.fixed
    latents = quantized.graph("analysis")(picture[0].astype(np.int64))
    real = FakeMap(torch.from_numpy(latents * grid.step)[None], grid.frac, grid.width)
    taken = (quantized.restored(real, positions).values[0] / grid.step).detach().numpy().astype(np.int64)
    np.testing.assert_array_equal((restored[0] * 256).detach().numpy(), quantized.graph("synthesis")(taken))
    symbols = codec.steps.divide(real.values, positions).round().float()
    torch.testing.assert_close(bits_of_picture, codec.prior(symbols, symbols, positions), rtol=0, atol=0)


@pytest.mark.parametrize("branches", ["shift", "adder", "both"])
@pytest.mark.parametrize("layer", ["analysis.sapm1", "analysis.gdn2", "synthesis.sapm2", "synthesis.igdn1"])
def test_a_finely_quantized_layer_has_the_gradients_of_the_float_one(branches: str, layer: str) -> None:
    module = lively_codec(replace(TINY, adder_spread=0.1, branches=branches)).get_submodule(layer)
    generator = torch.Generator().manual_seed(0)
    x = (torch.randn(1, 8, 8, 8, generator=generator) * 1024).round() / 1024
    real, fake = x.clone().requires_grad_(), x.clone().requires_grad_()
    expected = module(real)
    gradient = torch.randn(expected.shape, generator=generator)
    expected.backward(gradient)
    wanted = {name: p.grad for name, p in module.named_parameters()}
    module.zero_grad()
    target = FakeQuantizedTarget(Formats(BitWidths(16, 16, 16, 16, 16, 16)))
    source = ["maps"] if "sapm" in layer else []
    values = module.lower(target, "layer", FakeMap(fake, 10, 14), *source).values
    gains = target.gains("layer.round")
    (values if gains is None else values / gains.to(values)[:, None, None]).backward(gradient)
    for name, p in module.named_parameters():
        torch.testing.assert_close(p.grad, wanted[name], rtol=0, atol=0.05 * float(wanted[name].abs().max()), msg=name)
    torch.testing.assert_close(fake.grad, real.grad, rtol=0, atol=0.1 * float(real.grad.abs().max()))


@pytest.mark.parametrize("depth", range(DEPTH))
def test_float_layers_get_what_they_expect_from_quantized_ones(depth: int) -> None:
    codec = lively_codec(TINY)
    for module in codec.modules():
        if isinstance(module, GDN):  # channels of very different strength, which get gains
            module.beta_root.data *= torch.logspace(-1, 1, module.beta_root.numel())
    widths = BitWidths(16, 16, 16, 16, 16, 16)
    formats = QuantizedCodec.calibrate(codec, pictures(), widths).formats
    assert any(any(gains) for entry in formats.values() for gains in entry.gains.values())
    image, positions = torch.from_numpy(pictures(1, seed=5)) / 256, torch.tensor([8.0])
    with torch.no_grad():
        expected = PartlyQuantized(codec, formats, depth=0).eval()(image, positions)[0]
        restored = PartlyQuantized(codec, formats, depth).eval()(image, positions)[0]
    assert float((restored - expected).square().mean()) < 0.01 * float(expected.square().mean())


def test_steps_are_the_layers_of_the_transforms() -> None:
    codec = lively_codec(TINY)
    for transform, count in LAYERS.items():
        names = [name for name, _ in getattr(codec, transform).named_children() if name != "shuffle"]
        assert list(STEPS[transform](codec, FakeQuantizedTarget(Formats()))) == names and len(names) == count


def shift_weights(codec: Codec) -> list[torch.Tensor]:
    return [m.weight.detach().clone() for m in codec.modules() if isinstance(m, DeepShiftConv2d)]


def test_stages_freeze_what_lies_before_them(tmp_path: Path) -> None:
    tuner = tuner_of(tmp_path / "out.npz", Stages(layer_steps=1, joint_steps=1))
    batch = torch.from_numpy(pictures(2, seed=2))
    layers = [*tuner.codec.analysis, *list(tuner.codec.synthesis)[:5]]
    shifts = shift_weights(tuner.codec)
    for stage in range(DEPTH + 1):
        before = [[p.detach().clone() for p in layer.parameters()] for layer in layers]
        tuner.advance(batch)
        moved = [
            any(not torch.equal(a, b) for a, b in zip(old, layer.parameters(), strict=True))
            for old, layer in zip(before, layers, strict=True)
        ]
        frozen = stage if stage < DEPTH else 0
        assert all(torch.equal(a, b) for a, b in zip(shifts, shift_weights(tuner.codec), strict=True))
        assert moved == [index >= frozen for index in range(DEPTH)]
        known = set(tuner.formats["analysis"].by_name) | set(tuner.formats["synthesis"].by_name)
        assert ("first.round" in known) and ("last.round" in known) == (stage >= DEPTH - 1)


def test_what_is_folded_stays_as_it_is(tmp_path: Path) -> None:
    tuner = tuner_of(tmp_path / "out.npz", Stages(layer_steps=1, joint_steps=1))
    before = [(part.mean.clone(), part.whitening.clone()) for part in deconvolutions_of(tuner.codec)]
    for _ in range(DEPTH + 1):
        tuner.advance(torch.from_numpy(pictures(2, seed=2)))
    after = [(part.mean, part.whitening) for part in deconvolutions_of(tuner.codec)]
    for old, new in zip(before, after, strict=True):
        assert torch.equal(old[0], new[0]) and torch.equal(old[1], new[1])


def test_training_lowers_the_loss_of_the_quantized_codec(tmp_path: Path) -> None:
    tuner = tuner_of(tmp_path / "out.npz", Stages(layer_steps=0, joint_steps=30))
    picture = pictures(1, seed=4)[0].transpose(1, 2, 0)
    batch = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].repeat(2, 1, 1, 1)
    tuner.enter(DEPTH, 0)

    def psnr() -> float:
        quantized = tuner.quantized()
        return rate_and_psnr(PartlyQuantized(quantized.codec, quantized.formats).eval(), picture, 8.0)[1]

    first = psnr()
    for _ in range(30):
        tuner.advance(batch)
    assert psnr() > first + 0.5


def finetune(checkpoint: Path, photographs: Path, out: Path, *options: str) -> Result:
    fixed = f"--data {photographs} --output {out} --device cpu --crop 32 --batch 2 --layer-steps 1".split()
    return invoke("finetune", checkpoint, *fixed, *options)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "float.npz"
    save_checkpoint(path, lively_codec(TINY), {"rate_weights": [64.0, 300.0], "step": 7})
    return path


@pytest.mark.slow
def test_from_checkpoint_to_quantized_checkpoint(checkpoint: Path, photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    options = ["--joint-steps", "2", "--noise", "0.5", "--weight", "6", "--exponent-window", "4"]
    result = finetune(checkpoint, photographs, out, *options)
    assert result.exit_code == 0, result.output
    assert "calibrated only" in result.output and "fine-tuned" in result.output
    record = read_record(out)
    assert (record["step"], record["rate_weights"], record["start"]["step"]) == (12, [64.0, 300.0], 7)
    quantized, steps, entropy = load_quantized(out)
    assert isinstance(entropy, ChannelGroups) and entropy.latent_channels == TINY.latent_channels
    assert steps.steps.shape == (9, TINY.latent_channels)
    assert quantized.codec.configuration.exponent_window == 4
    assert quantized.formats["analysis"].widths == BitWidths(weight=6)
    assert quantized.formats["analysis"].by_name["gdn1.round"].width == quantized.formats["analysis"].bits["gdn1.round"]
    assert all(formats.corrections is None for formats in quantized.formats.values())
    graph = quantized.graph("analysis")
    picture = pictures(1)[0].astype(np.int64)
    fake = dict(quantized.evaluate("analysis", picture))
    np.testing.assert_array_equal(fake[graph.output_name], graph(picture))


@pytest.mark.slow
def test_a_run_goes_on_with_its_formats(checkpoint: Path, photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    assert finetune(checkpoint, photographs, out, "--joint-steps", "1").exit_code == 0
    refused = finetune(checkpoint, photographs, out, "--joint-steps", "1")
    assert refused.exit_code == 1 and "--force" in refused.output
    other = finetune(checkpoint, photographs, out, "--joint-steps", "1", "--resume", "--weight", "7")
    assert other.exit_code == 1 and "must be a fine-tuning run" in other.words
    before = load_quantized(out)[0].formats["synthesis"].to_dictionary()
    assert finetune(checkpoint, photographs, out, "--joint-steps", "1", "--resume").exit_code == 0
    assert load_quantized(out)[0].formats["synthesis"].to_dictionary() == before
    assert load_checkpoint(out).configuration == TINY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--noise 0", "noise must be above 0 and at most 1, not 0"),
        ("--weight 17", "weight must be between 4 and 16 bits, not 17"),
        ("--exponent-window 13", "exponent_window must be between 1 and 12, not 13"),
        ("--layer-steps 0 --joint-steps 0", "steps must not be negative"),
        ("--data missing", "training data must be a folder or a tar"),
    ],
)
def test_wrong_options_are_named(
    options: str, message: str, checkpoint: Path, photographs: Path, tmp_path: Path
) -> None:
    result = finetune(checkpoint, photographs, tmp_path / "out.npz", *options.split())
    assert result.exit_code == 1
    assert message in result.words
