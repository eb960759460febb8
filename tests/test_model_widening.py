"""Wider codecs: a trained codec's weights in a codec with more channels, more latents, or both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.checkpoint import CheckpointError, adopt_weights, save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS
from sample_codecs import lively_codec, pictures

SMALL = replace(PRESETS["tiny"], branches="shift")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "few.npz", lively_codec(SMALL))
    return tmp_path / "few.npz"


WIDER = [{"latent_channels": 40}, {"channels": 20}, {"channels": 24, "latent_channels": 32}]


@torch.no_grad()
@pytest.mark.parametrize("change", WIDER)
def test_the_first_latents_and_the_picture_stay(change: dict[str, int], trained: Path) -> None:
    codec, wide = lively_codec(SMALL), Codec(replace(SMALL, **change)).eval()  # type: ignore[arg-type]
    adopt_weights(wide, trained)
    image = torch.from_numpy(pictures(1)).float() / 256
    latents, more = codec.analysis(image), wide.analysis(image)
    torch.testing.assert_close(more[:, :24], latents, rtol=1e-3, atol=1e-3)
    assert more[:, 24:].numel() == 0 or more[:, 24:].std() > 0.1
    torch.testing.assert_close(wide.synthesis(more), codec.synthesis(latents), rtol=1e-3, atol=1e-3)


@torch.no_grad()
def test_a_new_channel_is_seen_once_its_weights_are_not_zero(trained: Path) -> None:
    wide = Codec(replace(SMALL, channels=20)).eval()
    adopt_weights(wide, trained)
    image = torch.from_numpy(pictures(1)).float() / 256
    before = wide.analysis(image)
    wide.analysis.gdn1.gamma_root[:16, 16:] = 1.0
    assert (wide.analysis(image) - before).abs().max() > 0.01


@torch.no_grad()
@pytest.mark.parametrize("entropy", ["static", "context"])
def test_the_old_latents_keep_their_laws(entropy: str, tmp_path: Path) -> None:
    torch.manual_seed(4)
    shape = replace(SMALL, entropy=entropy, hyper_channels=8)
    codec, wide = Codec(shape).eval(), Codec(replace(shape, latent_channels=40)).eval()
    save_checkpoint(tmp_path / "few.npz", codec)
    assert not [name for name in adopt_weights(wide, tmp_path / "few.npz") if name.startswith("prior.")]
    latents = 8 * torch.randn(2, 40, 8, 12)
    few, many = codec.prior(latents[:, :24].round()), wide.prior(latents.round())
    if entropy == "static":
        torch.testing.assert_close(many[:, :24], few)
    else:
        for value, wider in zip(few, (many[0][:, :24], many[1]), strict=True):
            torch.testing.assert_close(wider, value, rtol=1e-4, atol=1e-4)


def test_another_number_of_components_begins_the_laws_anew(tmp_path: Path) -> None:
    for entropy, laws in (("static", "prior.means"), ("context", "prior.entropy_parameters.4.weight")):
        shape = replace(SMALL, entropy=entropy)
        save_checkpoint(tmp_path / f"{entropy}.npz", Codec(shape))
        wide = Codec(replace(shape, mixture_components=4, latent_channels=40))
        assert laws in adopt_weights(wide, tmp_path / f"{entropy}.npz")


def test_adders_beside_the_latents_begin_anew_and_others_stay(tmp_path: Path) -> None:
    codec = lively_codec(PRESETS["tiny"])
    save_checkpoint(tmp_path / "few.npz", codec)
    wide = Codec(replace(PRESETS["tiny"], latent_channels=32))
    first = {name: value.clone() for name, value in wide.state_dict().items()}
    kept = adopt_weights(wide, tmp_path / "few.npz")
    state = wide.state_dict()
    assert torch.equal(state["analysis.sapm1.adder.weight"], codec.state_dict()["analysis.sapm1.adder.weight"])
    for name in ("analysis.sapm2.adder.weight", "synthesis.sapm1.deconvolution.covariance"):
        assert name in kept and torch.equal(state[name], first[name])
    assert int(state["synthesis.sapm1.deconvolution.updates"]) == 0


@pytest.mark.parametrize("change", [{"latent_channels": 16}, {"channels": 12}, {"analysis_kernel": 3}])
def test_other_differences_are_refused(trained: Path, change: dict[str, int]) -> None:
    with pytest.raises(CheckpointError, match="transforms must have the configuration of this run"):
        adopt_weights(Codec(replace(SMALL, **change)), trained)  # type: ignore[arg-type]
