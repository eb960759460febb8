"""Finer latents: the same function at a higher rate."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from model.codec import Codec
from model.configuration import PRESETS
from model.context import ContextModel
from model.rescaling import refine_latents
from sample_codecs import lively_codec, pictures

CONFIGURATIONS = [
    replace(PRESETS["tiny"], entropy=entropy, branches=branches)
    for entropy, branches in (
        ("context", "both"),
        ("static", "both"),
        ("static", "shift"),
        ("context", "adder"),
        ("static", "convolution"),
    )
]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda c: f"{c.entropy}-{c.branches}")
@torch.no_grad()
def test_latents_grow_and_the_picture_stays(configuration: object) -> None:
    coarse, fine = lively_codec(configuration), lively_codec(configuration)  # type: ignore[arg-type]
    refine_latents(fine, 4.0)
    image = torch.from_numpy(pictures(1)).float() / 256
    latents = coarse.analysis(image)
    torch.testing.assert_close(fine.analysis(image), 4 * latents, rtol=1e-3, atol=1e-3)
    restored = coarse.synthesis(latents)
    torch.testing.assert_close(
        fine.synthesis(4 * latents), restored, rtol=1e-3, atol=1e-3 * float(restored.abs().max())
    )


@torch.no_grad()
def test_laws_widen_with_the_latents() -> None:
    codec = lively_codec(CONFIGURATIONS[0])
    finer = Codec(codec.configuration).eval()
    finer.load_state_dict(codec.state_dict())
    refine_latents(finer, 4.0)
    assert isinstance(codec.prior, ContextModel) and isinstance(finer.prior, ContextModel)
    latents = 5 * torch.randn(1, 24, 8, 8)
    before, after = (
        prior.parameters_of(values, prior.hyper_synthesis(prior.hyper_analysis(values), 8, 8))
        for prior, values in ((codec.prior, latents), (finer.prior, 4 * latents))
    )
    torch.testing.assert_close(after.logits, before.logits)
    torch.testing.assert_close(after.means, 4 * before.means)
    torch.testing.assert_close(after.log_scales, before.log_scales + math.log(4.0))
