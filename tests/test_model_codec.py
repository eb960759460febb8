"""Codec and modules: shapes at both stride settings, ranges, clear errors, and a step that learns."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration, preset
from model.gdn import GDN
from model.trainer import Trainer, TrainingPlan


@pytest.mark.parametrize(("strides", "reduction"), [((4, 2, 2), 16), ((2, 2, 2), 8)])
def test_shapes(strides: tuple[int, int, int], reduction: int) -> None:
    codec = Codec(preset("tiny", strides)).eval()
    image = torch.rand(2, 3, 48, 64)
    with torch.no_grad():
        restored, bits = codec(image, torch.tensor([0.0, 8.0]))
        latents = codec.analysis(image)
    assert latents.shape == (2, 24, 48 // reduction, 64 // reduction)
    assert restored.shape == image.shape and bits.shape == (2,)
    assert bits.min() >= 0 and torch.isfinite(bits).all()


def test_the_order_of_the_layers() -> None:
    codec = Codec(PRESETS["tiny"])
    assert list(codec.analysis._modules) == ["first", "gdn1", "sapm1", "gdn2", "sapm2"]
    assert list(codec.synthesis._modules) == ["sapm1", "igdn1", "sapm2", "igdn2", "last", "shuffle"]


def test_a_picture_of_other_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 16, not"):
        Codec(PRESETS["tiny"])(torch.rand(1, 3, 40, 64), torch.zeros(1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("widths", (8, 8)),
        ("widths", [8, 8, 8]),
        ("widths", (8, 0, 8)),
        ("widths", (8, 8, "8")),
        ("widths", (8, True, 8)),
        ("mixture_components", 0),
        ("shortcut", "none"),
        ("adder_channels", 0),
        ("exponent_window", 13),
        ("exponent_base", "row"),
        ("adder_gain", 0.0),
        ("strides", (3, 2, 2)),
        ("first_kernel", 4),
        ("analysis_kernel", 1),
        ("entropy", "none"),
        ("mixture", "student"),
        ("branches", "neither"),
        ("hyper_channels", 0),
    ],
)
def test_configuration_names_the_wrong_value(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field} must be .*, not "):
        replace(PRESETS["tiny"], **{field: value})


def test_configuration_round_trip() -> None:
    configuration = preset("small", (2, 2, 2))
    assert configuration.first_kernel == 5
    stored = json.loads(json.dumps(configuration.to_dictionary()))
    assert stored["widths"] == [24, 48, 112] and CodecConfiguration.from_dictionary(stored) == configuration
    with pytest.raises(ValueError, match="not \\['depth'\\]"):
        CodecConfiguration.from_dictionary({"depth": 3})
    with pytest.raises(ValueError, match="not 'huge'"):
        preset("huge")


def test_gdn_formula() -> None:
    layer, inverse = GDN(3), GDN(3, inverse=True)
    with torch.no_grad():
        layer.gamma_root.normal_()
        inverse.load_state_dict(layer.state_dict())
    image = torch.randn(1, 3, 2, 2)
    norm = (layer.beta.view(1, 3, 1, 1) + torch.einsum("ij,bjhw->bihw", layer.gamma, image.square())).sqrt()
    torch.testing.assert_close(layer(image), image / norm)
    torch.testing.assert_close(inverse(image), image * norm)


VARIANTS = [
    {"branches": "shift"},
    {"branches": "adder"},
    {"branches": "convolution"},
    {"entropy": "context"},
    {"entropy": "context", "mixture": "gaussian", "mixture_components": 2, "hyper_channels": 8},
    {"entropy": "context", "strides": (2, 2, 2)},
    {"entropy": "static", "mixture": "gaussian", "mixture_components": 1},
    {"shortcut": "pool"},
    {"shortcut": "pool", "widths": (8, 8, 8), "adder_channels": None},
    {"adder_channels": 3, "widths": (5, 7, 20)},
]


@pytest.mark.parametrize("fields", VARIANTS, ids=lambda fields: "-".join(map(str, fields.values())))
def test_every_variant_trains_and_evaluates(fields: dict[str, object]) -> None:
    torch.manual_seed(0)
    codec = Codec(replace(PRESETS["tiny"], **{"widths": (6, 8, 18), **fields}))  # type: ignore[arg-type]
    image, positions = torch.rand(2, 3, 48, 80), torch.tensor([1.5, 6.0])
    restored, bits = codec(image, positions)
    (restored.square().sum() + bits.sum()).backward()
    for name, parameter in codec.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
    with torch.no_grad():
        restored, bits = codec.eval()(image, positions)
    assert restored.shape == image.shape and bits.shape == (2,) and bool((bits > 0).all())
    assert CodecConfiguration.from_dictionary(codec.configuration.to_dictionary()) == codec.configuration


def test_widths_are_those_of_the_stages() -> None:
    codec = Codec(replace(PRESETS["tiny"], widths=(5, 7, 20), adder_channels=3))
    image, seen = torch.rand(1, 3, 32, 32), []
    for name in ("gdn1", "gdn2"):
        codec.analysis.get_submodule(name).register_forward_hook(lambda _, inputs, result: seen.append(result.shape))
    for name in ("igdn1", "igdn2"):
        codec.synthesis.get_submodule(name).register_forward_hook(lambda _, inputs, result: seen.append(result.shape))
    codec.synthesis(codec.analysis(image))
    assert [tuple(shape) for shape in seen] == [(1, 5, 8, 8), (1, 7, 4, 4), (1, 7, 4, 4), (1, 5, 8, 8)]
    adders = [value.shape[0] for name, value in codec.state_dict().items() if name.endswith("adder.weight")]
    assert adders == [3, 3, 3, 3]
    paper = Codec(replace(PRESETS["tiny"], widths=(6, 6, 10), shortcut="pool", adder_channels=None))
    adders = [value.shape[0] for name, value in paper.state_dict().items() if name.endswith("adder.weight")]
    assert adders == [6, 10, 10, 6]  # outputs of SAPM-E, inputs of SAPM-D


def test_the_shortcut_is_a_block_or_a_pool() -> None:
    block, pool = (Codec(replace(PRESETS["tiny"], widths=(6, 6, 8), shortcut=kind)) for kind in ("block", "pool"))
    shapes = {
        kind: [tuple(value.shape) for name, value in codec.analysis.state_dict().items() if "shortcut" in name]
        for kind, codec in {"block": block, "pool": pool}.items()
    }
    assert shapes == {"block": [(6, 6, 2, 2), (8, 6, 2, 2)], "pool": [(8, 6, 1, 1)]}


def coded(codec: Codec, image: Tensor, position: float) -> tuple[Tensor, Tensor]:
    torch.manual_seed(7)
    restored, bits = codec(image, torch.full((len(image),), position))
    return restored, bits


def test_quality_belongs_to_each_picture_and_not_to_the_transforms() -> None:
    torch.manual_seed(0)
    codec = Codec(PRESETS["tiny"]).eval()
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        codec.analysis.sapm2.shortcut.weight.mul_(20)  # type: ignore[union-attr, operator]
        both = codec(image.expand(2, -1, -1, -1), torch.tensor([1.0, 7.25]))
        for index, position in enumerate((1.0, 7.25)):
            alone = coded(codec, image, position)
            torch.testing.assert_close(both.pictures[index], alone[0][0])
            torch.testing.assert_close(both.bits[index], alone[1][0])
        latents = codec.analysis(image)
        symbols = codec.steps.divide(latents, torch.tensor([7.25])).round()
        restored = codec.synthesis(codec.steps.multiply(symbols, torch.tensor([7.25])))
    torch.testing.assert_close(both.pictures[1], restored[0].clamp(0, 255 / 256))
    assert bool((restored[0] < 0).any())
    assert float(both.bits[1]) > float(both.bits[0])


def test_training_has_noise_in_place_of_rounding_until_it_rounds_as_in_use() -> None:
    torch.manual_seed(0)
    codec = Codec(replace(PRESETS["tiny"], branches="shift", entropy="static"))
    image = torch.rand(2, 3, 32, 32)
    in_use = coded(codec.eval(), image, 5.0)
    codec.train()
    noisy = coded(codec, image, 5.0)
    codec.rounds = True
    rounded = coded(codec, image, 5.0)
    assert torch.equal(rounded[0], in_use[0]) and not torch.equal(noisy[0], in_use[0])
    assert torch.equal(rounded[1], noisy[1]) and not torch.equal(noisy[1], in_use[1])  # the rate is that of noise
    (gradient,) = torch.autograd.grad(rounded[0].square().sum(), codec.analysis.first.weight)  # type: ignore[union-attr]
    assert bool((gradient != 0).any())  # straight through


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trainer = Trainer(
        Codec(PRESETS["tiny"]), TrainingPlan(steps=12, warm_up=1, rate_weights=(256, 256)), tmp_path / "tiny.npz"
    )
    image = torch.rand(2, 3, 32, 32) * 0.2 + 0.4
    losses = [trainer.advance(image)[0] for _ in range(12)]
    assert min(losses[-3:]) < min(losses[:3])
    trainer.save()
    again = Trainer(
        Codec(PRESETS["tiny"]), TrainingPlan(steps=12, warm_up=1, rate_weights=(256, 256)), tmp_path / "tiny.npz"
    )
    again.resume()
    assert again.step == 12
