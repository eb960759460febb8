"""Codec and modules: shapes at both stride settings, ranges, clear errors, and a step that learns."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.checkpoint import load_checkpoint
from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration, preset
from model.gdn import GDN
from model.training import Trainer, TrainingPlan


@pytest.mark.parametrize(("strides", "reduction"), [((4, 2, 2), 16), ((2, 2, 2), 8)])
def test_shapes(strides: tuple[int, int, int], reduction: int) -> None:
    codec = Codec(preset("tiny", strides)).eval()
    image = torch.rand(2, 3, 48, 64)
    with torch.no_grad():
        restored, bits = codec(image)
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
        Codec(PRESETS["tiny"])(torch.rand(1, 3, 40, 64))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channels", 0),
        ("latent_channels", "8"),
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
    assert CodecConfiguration.from_dictionary(configuration.to_dictionary()) == configuration
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
    {"mixture": "gaussian", "mixture_components": 1},
]


@pytest.mark.parametrize("fields", VARIANTS, ids=lambda fields: "-".join(map(str, fields.values())))
def test_every_variant_trains_and_evaluates(fields: dict[str, object]) -> None:
    torch.manual_seed(0)
    codec = Codec(replace(PRESETS["tiny"], channels=8, latent_channels=8, **fields))
    image = torch.rand(2, 3, 48, 80)
    restored, bits = codec(image)
    (restored.square().sum() + bits.sum()).backward()
    for name, parameter in codec.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
    with torch.no_grad():
        restored, bits = codec.eval()(image)
    assert restored.shape == image.shape and bits.shape == (2,) and bool((bits > 0).all())
    assert CodecConfiguration.from_dictionary(codec.configuration.to_dictionary()) == codec.configuration


def test_the_shipped_checkpoint_keeps_its_figures() -> None:
    codec = load_checkpoint(Path(__file__).parents[1] / "checkpoints" / "small-1024.npz")
    assert (codec.configuration.entropy, codec.configuration.branches) == ("context", "both")


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trainer = Trainer(Codec(PRESETS["tiny"]), TrainingPlan(warm_up=1), tmp_path / "tiny.npz")
    image = torch.rand(2, 3, 32, 32) * 0.2 + 0.4
    losses = [trainer.advance(image)[0] for _ in range(12)]
    assert losses[-1] < losses[0]
    trainer.save()
    again = Trainer(Codec(PRESETS["tiny"]), TrainingPlan(warm_up=1), tmp_path / "tiny.npz")
    again.resume()
    assert again.step == 12
