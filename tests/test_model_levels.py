"""Training on the levels of integers: channels fill their ranges, maps lie on the levels, formats keep them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from typer.testing import CliRunner

from model.checkpoint import load_checkpoint, read_record
from model.codec import Codec
from model.configuration import PRESETS
from model.finetune import app as finetune
from model.gdn import GDN
from model.levels import Levels, apply_levels, fill_ranges, levels_record, read_levels, seeded_formats
from model.lowering import QuantizedCodec
from model.quantization.formats import BitWidths
from model.quantize import load_quantized
from model.rescaling import scale_norm
from model.shift import ShiftConv2d, round_shifts
from model.train import app
from ops import Fixed
from sample_codecs import lively_codec, pictures

TINY = replace(PRESETS["tiny"], channels=8, latent_channels=12)
IMAGE = torch.from_numpy(pictures(2)).float() / 256


def soft_codec(branches: str = "both") -> Codec:
    """A codec with shift weights that are not powers of two, and channels of very different strength."""
    codec = lively_codec(replace(TINY, branches=branches))
    for module in codec.modules():
        if isinstance(module, ShiftConv2d):
            module.hardness = 0.0
        if isinstance(module, GDN):
            module.beta_root.data *= torch.logspace(-0.5, 0.5, module.beta_root.numel())
    return codec


def maps_of(codec: Codec, image: Tensor) -> dict[str, Tensor]:
    """The results of the normalizations."""
    found: dict[str, Tensor] = {}
    names = {module: name for name, module in codec.named_modules() if isinstance(module, GDN)}

    def keep(module: nn.Module, _: object, result: Tensor) -> None:
        found[names[module]] = result

    handles = [module.register_forward_hook(keep) for module in names]  # type: ignore[arg-type]
    codec(image)
    for handle in handles:
        handle.remove()
    return found


@pytest.mark.parametrize("branches", ["shift", "convolution"])
@torch.no_grad()
def test_a_scaled_normalization_changes_nothing_behind_the_next_layer(branches: str) -> None:
    codec = soft_codec(branches)
    pairs = (("analysis", "gdn1", "sapm1"), ("analysis", "gdn2", "sapm2"))
    pairs += (("synthesis", "igdn1", "sapm2"), ("synthesis", "igdn2", "last"))
    for transform, norm, following in pairs:
        layers = getattr(codec, transform)
        x = torch.randn(1, 8, 16, 16)
        y = layers.get_submodule(norm)(x)
        expected = layers.get_submodule(following)(y)
        factors = torch.linspace(0.7, 1.4, 8)
        scale_norm(layers.get_submodule(norm), layers.get_submodule(following), factors)
        scaled = layers.get_submodule(norm)(x)
        torch.testing.assert_close(scaled, y * factors[:, None, None])
        tolerance = 1e-4 * float(expected.abs().max())
        torch.testing.assert_close(layers.get_submodule(following)(scaled), expected, rtol=0, atol=tolerance)


@torch.no_grad()
def test_channels_fill_their_ranges() -> None:
    codec = soft_codec("shift")
    before = codec(IMAGE)[0]
    levels = fill_ranges(codec, IMAGE, 8)
    torch.testing.assert_close(codec(IMAGE)[0], before, rtol=0, atol=1e-3 * float(before.abs().max()))
    assert set(levels) == {"analysis.gdn1", "analysis.gdn2", "synthesis.igdn1", "synthesis.igdn2"}
    for name, y in maps_of(codec, IMAGE).items():
        peaks = (y * levels[name].gains).abs().amax((0, 2, 3)) / levels[name].fixed.step
        weakest = torch.tensor(levels[name].exponents) == max(levels[name].exponents)
        assert bool((peaks[~weakest] > 64).all()) and float(peaks.max()) < 300, (name, peaks)


@torch.no_grad()
def test_maps_lie_on_their_levels() -> None:
    codec = soft_codec()
    levels = fill_ranges(codec, IMAGE, 6)
    apply_levels(codec, levels)
    for name, y in maps_of(codec, IMAGE).items():
        codes = y * levels[name].gains / levels[name].fixed.step
        assert torch.equal(codes, codes.round()) and int(codes.min()) >= -32 and int(codes.max()) <= 31
        assert codes.unique().numel() > 16
    apply_levels(codec, {})
    assert all(module.levels is None for module in codec.modules() if isinstance(module, GDN))


def test_what_is_rounded_has_a_gradient() -> None:
    levels = Levels(Fixed(8, 4), (0.0, 2.0))
    x = torch.tensor([0.3, 100.0]).view(1, 2, 1, 1).requires_grad_()
    y = levels(x)
    assert y.flatten().tolist() == [0.3125, 127 / 64]
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert gradient.flatten().tolist() == [1.0, 1.0]
    (gradient,) = torch.autograd.grad(-levels(x).sum(), x)
    assert gradient.flatten().tolist() == [-1.0, 0.0]  # what is clipped has nothing from growing


@torch.no_grad()
def test_formats_keep_the_levels_a_codec_was_trained_on() -> None:
    codec = soft_codec()
    levels = read_levels({**levels_record(fill_ranges(codec, IMAGE, 8)), "step": 1})
    levels["analysis.gdn1"] = replace(levels["analysis.gdn1"], fixed=Fixed(8, 3))  # no calibration would choose this
    for module in codec.modules():
        if isinstance(module, ShiftConv2d):
            module.hardness = None
    quantized = QuantizedCodec.calibrate(codec, pictures(2), levels=levels)
    for name, found in levels.items():
        transform, _, norm = name.partition(".")
        assert quantized.formats[transform].by_name[f"{norm}.round"] == found.fixed
        assert quantized.formats[transform].gains[f"{norm}.round"] == found.exponents
    picture = pictures(1)[0].astype(np.int64)
    graph = quantized.graph("analysis")
    np.testing.assert_array_equal(dict(quantized.evaluate("analysis", picture))[graph.output_name], graph(picture))
    assert not seeded_formats(levels, "analysis", BitWidths.of(10)).by_name


def test_softened_weights_begin_as_powers_of_two() -> None:
    codec = lively_codec(TINY)
    expected = codec(IMAGE)[0]
    round_shifts(codec)
    for module in codec.modules():
        if isinstance(module, ShiftConv2d):
            module.hardness = 0.0
    torch.testing.assert_close(codec(IMAGE)[0], expected, rtol=0, atol=0)


def test_from_a_checkpoint_to_one_of_levels(tmp_path: Path) -> None:
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for index in range(3):
        coarse = np.random.default_rng(index).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC).save(photographs / f"{index}.png")
    small = (
        f"--data {photographs} --device cpu --preset tiny --channels 8 --latent-channels 8 --crop 32 --batch 2".split()
    )

    def run(command: object, *options: str) -> None:
        result = CliRunner().invoke(command, options)  # type: ignore[arg-type]
        assert result.exit_code == 0, result.output

    first, second, quantized = (tmp_path / f"{name}.npz" for name in ("first", "second", "quantized"))
    run(app, *small, "--no-tensorboard", "--steps", "1", "--out", str(first))
    options = [*small, "--no-tensorboard", "--activation-bits", "8", "--out", str(second)]
    run(app, *options, "--steps", "2", "--start-from", str(first))
    levels = read_levels(read_record(second))
    assert len(levels) == 4
    run(app, *options, "--steps", "3", "--resume")
    assert read_levels(read_record(second)) == levels and read_record(second)["step"] == 3
    assert all(module.levels is None for module in load_checkpoint(second).modules() if isinstance(module, GDN))

    fixed = f"--data {photographs} --device cpu --crop 32 --pictures 2 --layer-steps 1 --joint-steps 1".split()
    run(finetune, str(second), *fixed, "--out", str(quantized))
    assert read_levels(read_record(quantized)) == levels
    formats = load_quantized(quantized)[0].formats
    for name, found in levels.items():
        transform, norm = name.split(".")
        assert formats[transform].by_name[f"{norm}.round"] == found.fixed
