"""More latents for a trained codec: they begin as the strongest components of what its own leave of photographs.

Latents end where a codec's rate does: what is not among them no quality brings back. A codec that has learned with few
goes on with more from where it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from model.channel_groups import FloatChannelGroups
from model.codec import Codec
from model.data import Bytes
from model.linear_start import ADDER_CROPS, LATENT_SCALE, QUIET, crops_of, groups_from, start_groups
from model.sapm import SapmD, SapmE

BLOCK = 2
"""Side of what a latent sees at once of the last module's input."""

RIDGE = 1e-6
"""Added to the diagonals of covariances."""


def has_more_latents(codec: Codec, start: Codec) -> bool:
    """Whether a codec is as another but for more latents, of a kind that begins as what others leave."""
    few, more = start.configuration, codec.configuration
    if more.widths[:2] != few.widths[:2] or more.latent_channels <= few.latent_channels:
        return False
    is_alike = replace(more, widths=few.widths) == few
    return is_alike and isinstance(codec.prior, FloatChannelGroups) and not _last(codec).is_pooled


def _last(codec: Codec) -> SapmE:
    return cast(SapmE, codec.analysis.sapm2)


@torch.no_grad()
def add_latents(codec: Codec, start: Codec, pictures: list[Bytes], seed: int = 0) -> None:
    """Gives `codec` the weights of `start`; what it has more of latents becomes the strongest components of what the
    others leave of these photographs [H, W, 3].

    The synthesis takes nothing of them yet, so that pictures stay as they are. Raises ValueError where no photograph is
    large enough.
    """
    image = crops_of(pictures, codec.configuration.reduction, seed)
    count = start.configuration.latent_channels
    _adopt(codec, start)
    shortcut = _last(codec).shortcut
    assert shortcut is not None
    more = shortcut.weight[count:]
    more.copy_(_components_left(_last_input(start, image), start.analysis(image), len(more)).view_as(more))
    prior = cast(FloatChannelGroups, codec.prior)
    start_groups(codec, prior, codec.analysis(image), _first_anew(prior, cast(FloatChannelGroups, start.prior)))
    _fit_adders(codec, start, image[:ADDER_CROPS])


def _adopt(codec: Codec, start: Codec) -> None:
    """All weights of the start. New ones are near zero in branches of the analysis and zero in the synthesis, steps are
    those of the usual latent; groups of channels of another size are as they were."""
    known = start.state_dict()
    groups = zip(codec.prior.groups, start.prior.groups, strict=False)  # type: ignore[arg-type]
    other = [f"prior.groups.{index}." for index, (new, old) in enumerate(groups) if new.count != old.count]
    for name, value in codec.state_dict().items():
        before = known.get(name)
        if before is None or name.startswith(tuple(other)):
            continue
        if name.startswith("steps."):
            value.copy_(before.mean(1, keepdim=True).expand_as(value))
        elif before.shape != value.shape:
            value.mul_(QUIET if name.startswith("analysis.") else 0.0)
        value[tuple(slice(size) for size in before.shape)] = before
    adder = cast(SapmD, codec.synthesis.sapm1).adder
    if adder is not None:
        adder.gains[len(known["synthesis.sapm1.adder.gains"]) :] = 1.0


def _first_anew(prior: FloatChannelGroups, start: FloatChannelGroups) -> int:
    """The first channel whose group is another than at the start."""
    known = {(group.first, group.count) for group in groups_from(start, 0)}
    return next(group.first for group in groups_from(prior, 0) if (group.first, group.count) not in known)


def _fit_adders(codec: Codec, start: Codec, image: Tensor) -> None:
    """Has the adders of the synthesis, which count distances of more latents, make nearly what they made."""
    after, before = (cast(SapmD, one.synthesis.sapm1) for one in (codec, start))
    if before.adder is None or before.deconvolution is None:
        return
    assert after.adder is not None and after.deconvolution is not None
    wanted = before.deconvolution.folded(before.adder(start.analysis(image)))
    after.deconvolution.fit(after.adder(codec.analysis(image)), wanted)


def _last_input(codec: Codec, image: Tensor) -> Tensor:
    """What enters the last module of the analysis."""
    for name, layer in codec.analysis.named_children():
        if name == "sapm2":
            break
        image = layer(image)
    return image


def _components_left(entering: Tensor, latents: Tensor, count: int) -> Tensor:
    """The strongest directions [count, C * BLOCK**2] of what no linear map of the latents says of blocks of the maps
    that enter, each as a map of these blocks alone."""
    blocks = _centred(functional.pixel_unshuffle(entering, BLOCK))
    known = _centred(latents)
    back, there = _regression(known, blocks), _regression(blocks, known)
    left = blocks - back @ known
    _, vectors = torch.linalg.eigh(left @ left.t())
    directions = vectors.flip(1).t()[:count]
    return LATENT_SCALE * directions @ (torch.eye(len(blocks), dtype=blocks.dtype) - back @ there)


def _centred(maps: Tensor) -> Tensor:
    """Maps [B, C, H, W] as numbers [C, N] without their mean."""
    numbers = maps.transpose(0, 1).flatten(1).double()
    return numbers - numbers.mean(1, keepdim=True)


def _regression(given: Tensor, wanted: Tensor) -> Tensor:
    """The linear map of `given` [G, N] that is nearest to `wanted` [W, N], [W, G]."""
    inner = given @ given.t() + RIDGE * torch.eye(len(given), dtype=given.dtype)
    return cast(Tensor, torch.linalg.solve(inner, given @ wanted.t())).t()
