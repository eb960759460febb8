"""The start of training: a linear codec, the Karhunen-Loeve transform of 4x4 blocks, then of 2x2 blocks of the result, twice.

Training begins where linear coding ends. Each level keeps the strongest components of the photographs' blocks, its
transposed matrix brings them back, the normalizations are near the identity and every other kernel is near zero.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.channel_groups import COMPONENTS, FIRST_SPREAD, ChannelGroups
from model.codec import Codec
from model.data import Bytes, to_batch
from model.gdn import GDN
from model.prior import MixturePrior
from model.qualities import ANCHORS
from model.sapm import ParallelBranches, SapmD, SapmE

STEP = 26.0
"""Steps of sqrt(STEP / lambda) in the scale of an orthogonal transform of pixels in [0, 1] are best for photographs
(measured); latents are scaled so that they are 1 at lambda 1024."""

LATENT_SCALE = (1024 / STEP) ** 0.5

PICTURES, SIDE = 384, 128
"""Centres of so many photographs are seen."""

GAMMA = 1e-3
"""Of the first normalizations: with more, what is not linear in them loses the start."""

QUIET = 0.01
"""Of their usual size the kernels have that carry nothing yet."""

FITTING_STEPS = 60
LARGEST_PART = 2**18
"""Positions of which a covariance is taken."""


@torch.no_grad()
def start_linear(codec: Codec, pictures: list[Bytes], seed: int = 0) -> None:
    """Gives `codec` the weights of a linear codec of these photographs [H, W, 3], its entropy model's included.

    Raises ValueError where there are none of at least 128x128, and where nothing in an analysis module can carry a
    linear transform of blocks: a pooled shortcut with an adder branch alone.
    """
    image = _centres(pictures, codec.configuration.reduction, seed)
    quieten(codec)
    x = _start_first(codec, image)
    for number, scale in ((1, 1.0), (2, LATENT_SCALE)):
        normalize = cast(GDN, codec.analysis.get_submodule(f"gdn{number}"))
        x = _start_module(codec, number, normalize(x), scale)
    if isinstance(codec.prior, ChannelGroups):
        _start_groups(codec, codec.prior, x)
    elif isinstance(codec.prior, MixturePrior):
        _fit_prior(codec, codec.prior, x)


def _centres(pictures: list[Bytes], reduction: int, seed: int) -> Tensor:
    large = [picture for picture in pictures if min(picture.shape[:2]) >= SIDE]
    if not large:
        raise ValueError(f"a linear start needs photographs of at least {SIDE}x{SIDE}, found none")
    order = np.random.default_rng(seed).permutation(len(large))[:PICTURES]
    crops = []
    for index in order:
        top, left = ((side - SIDE) // 2 for side in large[index].shape[:2])
        crops.append(large[index][top : top + SIDE, left : left + SIDE])
    return to_batch(crops)


def quieten(codec: Codec) -> None:
    """Kernels near zero, in the synthesis also over the scale of the latents, and normalizations near the identity."""
    for transform, scale in ((codec.analysis, 1.0), (codec.synthesis, 1 / LATENT_SCALE)):
        for name, module in transform.named_modules():
            if isinstance(module, GDN):
                module.beta_root.fill_(1.0)
                module.gamma_root.copy_((GAMMA * torch.eye(len(module.beta_root)) + 1e-6).sqrt())
            elif isinstance(module, ParallelBranches):
                for part in (module.shift, module.convolution):
                    if part is not None:
                        part.weight.mul_(QUIET * (scale if name == "sapm1" else 1.0))
    first, last = cast(nn.Conv2d, codec.analysis.first), cast(nn.Conv2d, codec.synthesis.last)
    for layer in (first, last):
        layer.weight.mul_(QUIET)


def components_of(x: Tensor, block: int, count: int) -> tuple[Tensor, Tensor]:
    """The strongest `count` principal directions [count, C * block**2] of blocks of maps [B, C, H, W], and their mean;
    at most as many as there are numbers in a block."""
    blocks = functional.pixel_unshuffle(x, block).transpose(0, 1).flatten(1)
    blocks = blocks[:, :: max(1, blocks.shape[1] // LARGEST_PART)].double()
    mean = blocks.mean(1)
    _, vectors = torch.linalg.eigh((blocks - mean[:, None]) @ (blocks - mean[:, None]).t())
    return vectors.flip(1).t()[:count], mean


def _start_first(codec: Codec, image: Tensor) -> Tensor:
    """The first and the last convolution: blocks of stride x stride pixels."""
    first, last = cast(nn.Conv2d, codec.analysis.first), cast(nn.Conv2d, codec.synthesis.last)
    stride = codec.configuration.strides[0]
    directions, mean = components_of(image, stride, first.weight.shape[0])
    count, start = len(directions), first.weight.shape[-1] // 2
    block = slice(start, start + stride)
    first.weight[:count, :, block, block] += directions.view(count, 3, stride, stride).to(first.weight)
    cast(Tensor, first.bias)[:count] = -(directions @ mean).to(first.weight)
    last.weight[:, :count, 1, 1] += directions.t().to(last.weight)
    cast(Tensor, last.bias).copy_(mean)
    return first(image)


def _start_module(codec: Codec, number: int, x: Tensor, scale: float) -> Tensor:
    """A module of the analysis and the one of the synthesis that undoes it; x is what enters the former."""
    encoder = cast(SapmE, codec.analysis.get_submodule(f"sapm{number}"))
    decoder = cast(SapmD, codec.synthesis.get_submodule(f"sapm{3 - number}"))
    outputs = decoder.shortcut.weight.shape[1]
    directions, _ = components_of(x, 2, outputs)
    count = len(directions)
    carried = torch.zeros(outputs, x.shape[1], 2, 2)
    carried[:count] = directions.view(count, -1, 2, 2) * scale
    _carry(encoder, carried)
    decoder.shortcut.weight.zero_()
    decoder.shortcut.weight[:, :count, 0, 0] = directions.t().to(x) / scale
    return functional.conv2d(x, carried, stride=2)


def _carry(module: SapmE, weight: Tensor) -> None:
    """Has what is linear in a module's input be a convolution of 2x2 blocks [O, C, 2, 2]."""
    if not module.is_pooled:
        assert module.shortcut is not None
        module.shortcut.weight.copy_(weight)
        return
    carrier = module.shift or module.convolution
    if carrier is None:
        raise ValueError("a linear start needs a block shortcut, a shift branch or a convolution, found adders alone")
    if module.shortcut is None:  # the pool takes its share anyway
        weight = weight - torch.eye(len(weight))[:, :, None, None] / 4
    else:
        module.shortcut.weight.mul_(QUIET)
    middle = carrier.weight.shape[-1] // 2
    carrier.weight[:, :, middle : middle + 2, middle : middle + 2] += weight


def _symbols(codec: Codec, latents: Tensor, anchor: int) -> Tensor:
    return codec.steps.divide(latents, torch.full((len(latents),), float(anchor))).round().detach()


def _start_groups(codec: Codec, prior: ChannelGroups, latents: Tensor) -> None:
    """Scales by the latents' mean magnitudes, beside what the magnitudes of neighbours say."""
    for anchor in range(ANCHORS):
        symbols = _symbols(codec, latents, anchor)
        expected = symbols.abs().mean((0, 2, 3)).clamp(min=1e-2).log() - symbols.abs().log1p().mean((0, 2, 3))
        for group in prior.groups:
            own = expected[group.first : group.first + group.count]
            group.law_bias[anchor].view(3, COMPONENTS, -1)[2] = own + FIRST_SPREAD / 2


@torch.enable_grad()
def _fit_prior(codec: Codec, prior: MixturePrior, latents: Tensor) -> None:
    """Laws of the latents' statistics, found by a few steps on a part of them."""
    pixels = latents.transpose(0, 1).flatten(1)
    part = pixels[:, :: max(1, pixels.shape[1] // 1024)].t()[:, :, None, None]
    anchors = torch.arange(ANCHORS)
    symbols = torch.stack([_symbols(codec, part, anchor) for anchor in range(ANCHORS)])
    with torch.no_grad():
        scales = symbols.abs().mean((1, 3, 4)).clamp(min=0.02).log()
        prior.log_scales += scales[:, :, None]
    optimizer = torch.optim.Adam(prior.parameters(), lr=0.1)
    for _ in range(FITTING_STEPS):
        optimizer.zero_grad()
        chosen = symbols[:, torch.randint(part.shape[0], (32,))]
        positions = anchors.repeat_interleave(32).float()
        flat = chosen.flatten(0, 1)
        bits = prior(flat, flat, positions).mean()
        bits.backward()
        optimizer.step()
