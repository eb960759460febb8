"""Codec, modules and prior: shapes at both stride settings, ranges, clear errors, and a step that learns."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration, preset
from model.gdn import GDN
from model.prior import MixturePrior
from model.training import Trainer, TrainingPlan


@pytest.mark.parametrize(("strides", "reduction"), [((4, 2, 2), 16), ((2, 2, 2), 8)])
def test_shapes(strides: tuple[int, int, int], reduction: int) -> None:
    codec = Codec(preset("tiny", strides)).eval()
    image = torch.rand(2, 3, 48, 64)
    with torch.no_grad():
        restored, bits = codec(image)
        latents = codec.analysis(image)
    assert latents.shape == bits.shape == (2, 24, 48 // reduction, 64 // reduction)
    assert restored.shape == image.shape
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
    [("channels", 0), ("latent_channels", "8"), ("strides", (3, 2, 2)), ("first_kernel", 4), ("analysis_kernel", 1)],
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


def test_prior_is_a_distribution() -> None:
    prior = MixturePrior(2)
    with torch.no_grad():
        prior.means.normal_()
        prior.logits.normal_()
    values = torch.arange(-60.0, 61.0).view(1, 1, 1, -1).expand(1, 2, 1, -1)
    total = torch.exp2(-prior(values)).sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-4)


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trainer = Trainer(Codec(PRESETS["tiny"]), TrainingPlan(warm_up=1), tmp_path / "tiny.npz")
    image = torch.rand(2, 3, 32, 32) * 0.2 + 0.4
    losses = [trainer.advance(image)[0] for _ in range(12)]
    assert losses[-1] < losses[0]
    trainer.save()
    again = Trainer(Codec(PRESETS["tiny"]), TrainingPlan(), tmp_path / "tiny.npz")
    again.resume()
    assert again.step == 12
