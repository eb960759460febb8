"""Wider codecs: a trained codec's weights in one with more channels or latents, as a start (Net2Net, ICLR 2016)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

ADDER = re.compile(r"(adder\.(weight|gains)|deconvolution\.(weight|mean|covariance|whitening|updates))$")
"""What a module's adder branch is made of, its bias excepted."""

FEATURES = "prior.entropy_parameters.0.weight"
"""Its input is two halves: hyper features, then context features."""

LAWS = re.compile(r"prior\.entropy_parameters\.4\.")
"""Its output is so many numbers for each latent, the latents running fastest."""

STATIC = re.compile(r"prior\.(logits|means|log_scales)$")
"""Of a static prior, K numbers for each latent."""

FIRST_SHARE = 1e-3
"""Root of what a new channel weighs at first in the normalization of an old one: at 0 it would have no gradient."""

QUIET = 0.125
"""Of their usual start are the weights of new latents: the old ones carry the picture, and bits cost."""

State = Mapping[str, Tensor]


def adopted(state: State, trained: State) -> dict[str, Tensor]:
    """The tensors of a trained codec, by name, in the sizes that they have in `state`, where some may be larger.

    New channels and latents begin as `state` has them, and what makes the old ones does not see them: the old latents,
    their entropy model and the picture stay as they were, but for the adder branches whose filters grow; these begin
    anew, as distances to more maps are other distances. Raises ValueError where a tensor of the transforms fits in no
    such way; of the entropy model it is left out.
    """
    latents = _latents(state), _latents(trained)
    branches = {
        ADDER.sub("", name) for name in state if name.endswith("adder.weight") and _differ(name, state, trained)
    }
    result: dict[str, Tensor] = {}
    if missing := [name for name in trained.keys() - state.keys() if not name.startswith("prior.")]:
        raise ValueError(f"{min(missing)} has no place")
    for name, fresh in state.items():
        has_none = name.endswith("adder.gains") and name not in trained  # ones, as in every codec that begins
        if has_none or (ADDER.search(name) and ADDER.sub("", name) in branches):
            continue
        if not _differ(name, state, trained):
            result[name] = trained[name].to(fresh.dtype)
        elif name in trained and _is_smaller(name, trained[name], fresh, latents):
            result[name] = _grown(name, trained[name].to(fresh.dtype), fresh, latents)
        elif not name.startswith("prior."):
            raise ValueError(f"{name} does not fit")
    return result


def _latents(state: State) -> int:
    """How many latent channels a codec has: so many maps enter its synthesis."""
    return state["synthesis.sapm1.shortcut.weight"].shape[1]


def _differ(name: str, state: State, trained: State) -> bool:
    return name not in trained or trained[name].shape != state[name].shape


def _is_smaller(name: str, trained: Tensor, fresh: Tensor, latents: tuple[int, int]) -> bool:
    is_alike = trained.dim() == fresh.dim()
    if LAWS.match(name):  # as many numbers for each latent
        is_alike = is_alike and len(fresh) * latents[1] == len(trained) * latents[0]
    if STATIC.match(name):
        is_alike = is_alike and fresh.shape[1] == trained.shape[1]
    return is_alike and all(a <= b for a, b in zip(trained.shape, fresh.shape, strict=True))


def _grown(name: str, trained: Tensor, fresh: Tensor, latents: tuple[int, int]) -> Tensor:
    result, rows = fresh.clone() * (QUIET if name.startswith("analysis.sapm2.") else 1.0), torch.arange(len(trained))
    if LAWS.match(name):
        rows = (torch.arange(len(trained) // latents[1])[:, None] * latents[0] + torch.arange(latents[1])).flatten()
    if fresh.dim() == 1:
        result[rows] = trained
        return result
    columns = torch.arange(trained.shape[1])
    if name == FEATURES:
        columns += (columns >= trained.shape[1] // 2) * ((fresh.shape[1] - trained.shape[1]) // 2)
    result[rows] = FIRST_SHARE if name.endswith("gamma_root") else 0.0
    result[rows[:, None], columns] = trained
    return result
