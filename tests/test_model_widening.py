"""More latents: a trained codec's weights in a codec with more latent channels."""

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


@torch.no_grad()
def test_the_first_latents_and_the_picture_stay(trained: Path) -> None:
    codec, wide = lively_codec(SMALL), Codec(replace(SMALL, latent_channels=40)).eval()
    adopt_weights(wide, trained)
    image = torch.from_numpy(pictures(1)).float() / 256
    latents, more = codec.analysis(image), wide.analysis(image)
    torch.testing.assert_close(more[:, :24], latents)
    assert more[:, 24:].std() > 0.1
    torch.testing.assert_close(wide.synthesis(more), codec.synthesis(latents))


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


@pytest.mark.parametrize("change", [{"latent_channels": 16}, {"channels": 20}, {"analysis_kernel": 3}])
def test_other_differences_are_refused(trained: Path, change: dict[str, int]) -> None:
    with pytest.raises(CheckpointError, match="transforms must have the configuration of this run"):
        adopt_weights(Codec(replace(SMALL, **change)), trained)  # type: ignore[arg-type]
