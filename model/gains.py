"""Gains: by which factors the channels of a rounded map are larger than in the float codec, so that all use its range.

What is linear in a map divides its weights by the gains. Distances cannot: an adder branch counts the channels with
their gains, in the float codec as well, so that both branches of a module read one map.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from model.codec import TRANSFORMS, Codec
from model.gdn import GDN
from model.quantization.formats import GAIN_SPAN, Formats
from model.sapm import ParallelBranches

LATENTS = "latents"
"""The input of the synthesis."""

SOURCES = {
    "analysis.sapm1": "gdn1.round",
    "analysis.sapm2": "gdn2.round",
    "synthesis.sapm1": LATENTS,
    "synthesis.sapm2": "igdn1.round",
    "synthesis.last": "igdn2.round",
}
"""The layers whose input is a rounded map, and which. All but the latents have gains."""

NARROW_WINDOW = 4
"""Exponents that leave no room for gains."""

STEPS = {"synthesis.igdn2": 4}
"""Gains to a factor of two, where it is not one: weights of the last convolution need not be single powers of two."""


def normalizations(codec: Codec, pictures: Tensor) -> Iterator[tuple[str, GDN, nn.Module, Tensor]]:
    """Name, normalization, the layer behind it and the map [B, C, H, W] that enters, on pictures in [0, 1), one after
    the other: what is done to a layer shows in the maps that come later."""
    x = pictures
    for transform in TRANSFORMS:
        layers = list(cast(nn.Sequential, getattr(codec, transform)).named_children())
        for (name, layer), (_, following) in pairwise(layers):
            if isinstance(layer, GDN):
                yield f"{transform}.{name}", layer, following, x
            x = layer(x)
        x = layers[-1][1](x)


def gain_span(layer: nn.Module) -> int:
    """How many binary places the weakest channel of a layer's input may be enlarged by: none where its shift weights
    have a window of few exponents, out of which gains would push many of them."""
    shift = layer.shift if isinstance(layer, ParallelBranches) else None
    return 0 if shift is not None and shift.exponents.window <= NARROW_WINDOW else GAIN_SPAN


@torch.no_grad()
def choose_gains(codec: Codec, pictures: Tensor, formats: dict[str, Formats]) -> None:
    """Chooses the gains of all normalizations' results on pictures [B, 3, H, W] in [0, 1), where they are unknown, and
    has the adder branches behind count with them."""
    for name, norm, following, x in normalizations(codec, pictures):
        transform, _, layer = name.partition(".")
        known, result = formats[transform], f"{layer}.round"
        if result not in known.gains:
            known.choose_gains(result, norm(x), STEPS.get(name, 1), gain_span(following))
        weigh_channels(following, torch.tensor(known.gains[result]).exp2(), norm(x))


@torch.no_grad()
def weigh_channels(layer: nn.Module, gains: Tensor, x: Tensor) -> None:
    """Has the adder branch of a layer, if there is one, count its channels with gains [C]; its implicit deconvolution
    is fitted anew, so that on x [B, C, H, W] it makes nearly the same of other distances."""
    if not isinstance(layer, ParallelBranches) or layer.adder is None or layer.deconvolution is None:
        return
    if torch.equal(layer.adder.gains, gains.to(layer.adder.gains)):
        return
    before = layer.deconvolution.folded(layer.adder(x))
    layer.adder.weigh(gains.to(layer.adder.gains))
    layer.deconvolution.fit(layer.adder(x), before)
