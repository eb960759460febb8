"""The start of training: a linear codec, the Karhunen-Loeve transform of 4x4 blocks, then twice that of 2x2 blocks.

Training begins where linear coding ends. Each stage keeps the strongest components of the photographs' blocks, its
transposed matrix brings them back, the normalizations are near the identity and every other kernel is near zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.channel_groups import COMPONENTS, FIRST_SPREAD, FloatChannelGroup, FloatChannelGroups
from model.codec import Codec
from model.context import ContextModel
from model.data import Bytes, to_batch
from model.deconvolution import deconvolutions_of
from model.gdn import GDN
from model.mixture import LOG_SCALE_MAXIMUM, LOG_SCALE_MINIMUM, mixture_bits
from model.prior import MixturePrior
from model.qualities import ANCHORS
from model.sapm import ParallelBranches, SapmD, SapmE

STEP = 26.0
"""Steps of sqrt(STEP / lambda) in the scale of an orthogonal transform of pixels in [0, 1] are best for photographs
(measured); latents are scaled so that they are 1 at lambda 1024."""

LATENT_SCALE = (1024 / STEP) ** 0.5

CROPS, SIDE = 384, 128
"""So many crops of photographs are seen, of this side where they are that large."""

ADDER_CROPS = 16
"""Of so many the adder branches take their first statistics."""

GAMMA = 1e-3
"""Of the first normalizations: with more, what is not linear in them loses the start."""

QUIET = 0.005
"""Of their usual size the kernels have that carry nothing yet."""

LARGEST_PART = 2**18
"""Positions of which a covariance is taken."""

MAGNITUDES = 1024
"""Symbols of larger magnitudes are counted as the last one."""

RARE = (0.5, 0.25)
"""Added to the counts of magnitudes 1 and 2: what no photograph here has, others may."""


@torch.no_grad()
def start_linear(codec: Codec, pictures: list[Bytes], seed: int = 0) -> None:
    """Gives `codec` the weights of a linear codec of these photographs [H, W, 3], its entropy model's included.

    Shift weights that are powers of two from the first step on round what they carry: they should be soft at first.
    Raises ValueError where no photograph is as large as a latent's part of it, and where nothing in an analysis module
    can carry a linear transform of blocks: a pooled shortcut with an adder branch alone.
    """
    image = _crops(pictures, codec.configuration.reduction, seed)
    quieten(codec)
    x = _start_first(codec, image)
    for number, scale in ((1, 1.0), (2, LATENT_SCALE)):
        normalize = cast(GDN, codec.analysis.get_submodule(f"gdn{number}"))
        x = _start_module(codec, number, normalize(x), scale)
    _start_adders(codec, image[:ADDER_CROPS])
    _start_entropy_model(codec, x)


def _crops(pictures: list[Bytes], reduction: int, seed: int) -> Tensor:
    """Squares of the pictures [B, 3, side, side], side by side in each and drawn from all."""
    largest = max((min(picture.shape[:2]) for picture in pictures), default=0)
    side = min(SIDE, largest) // reduction * reduction
    if not side:
        raise ValueError(f"a linear start needs photographs of at least {reduction}x{reduction}, found none")
    places = [
        (index, top, left)
        for index, picture in enumerate(pictures)
        for top in range(0, picture.shape[0] - side + 1, side)
        for left in range(0, picture.shape[1] - side + 1, side)
    ]
    chosen = np.random.default_rng(seed).permutation(len(places))[:CROPS].tolist()
    corners = [places[number] for number in chosen]
    return to_batch([pictures[index][top : top + side, left : left + side] for index, top, left in corners])


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
                if module.convolution is not None:
                    cast(Tensor, module.convolution.bias).zero_()
    first, last = cast(nn.Conv2d, codec.analysis.first), cast(nn.Conv2d, codec.synthesis.last)
    for layer in (first, last):
        layer.weight.mul_(QUIET)
    cast(Tensor, first.bias).zero_()


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


def _start_adders(codec: Codec, image: Tensor) -> None:
    """Has implicit deconvolutions know what adders make of photographs: whitened, it is as quiet as they begin."""
    parts = deconvolutions_of(codec)
    before = [part.training for part in parts]
    for part in parts:
        part.train()
    if parts:
        codec.synthesis(codec.analysis(image))
    for part, is_training in zip(parts, before, strict=True):
        part.train(is_training)


def _start_entropy_model(codec: Codec, latents: Tensor) -> None:
    prior = codec.prior
    if isinstance(prior, FloatChannelGroups):
        _start_groups(codec, prior, latents)
    elif isinstance(prior, MixturePrior):
        distributions = static_distributions(codec, latents, prior.logits.shape[-1], prior.mixture)
        for parameter, values in zip((prior.logits, prior.means, prior.log_scales), distributions, strict=True):
            parameter.copy_(values)
    elif isinstance(prior, ContextModel):
        distributions = static_distributions(codec, latents, prior.components, prior.mixture)
        last = cast(nn.Conv2d, prior.entropy_parameters[-1])
        last.weight.mul_(QUIET)
        cast(Tensor, last.bias).zero_()
        prior.law_bias.copy_(torch.stack(distributions, 1).transpose(2, 3).flatten(1))


def _symbols(codec: Codec, latents: Tensor, anchor: int) -> Tensor:
    return codec.steps.divide(latents, torch.full((len(latents),), float(anchor))).round()


def _start_groups(codec: Codec, prior: FloatChannelGroups, latents: Tensor) -> None:
    """Static distributions, narrower or wider as the magnitudes of neighbours are below or above their mean."""
    logits, _, log_scales = static_distributions(codec, latents, COMPONENTS, "laplace")
    spread = torch.tensor([-FIRST_SPREAD, FIRST_SPREAD])
    for anchor in range(ANCHORS):
        usual = _symbols(codec, latents, anchor).abs().log1p().mean((0, 2, 3))
        for group in cast(Iterable[FloatChannelGroup], prior.groups):
            own = slice(group.first, group.first + group.count)
            biases = group.law_bias[anchor].view(3, COMPONENTS, -1)
            biases[0] = logits[anchor, own].t()
            biases[2] = (log_scales[anchor, own] - spread - usual[own, None]).t()


def static_distributions(codec: Codec, latents: Tensor, components: int, mixture: str) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, means and log scales [ANCHORS, M, K] of the mixtures around zero that code the latents in fewest bits,
    among some hundred."""
    logits, log_scales = _mixtures(components)
    magnitudes = torch.arange(MAGNITUDES, dtype=torch.float32)[:, None]
    costs = mixture_bits(magnitudes, logits, torch.zeros(components), log_scales, mixture)
    best = [(_counts(_symbols(codec, latents, anchor)) @ costs).argmin(1) for anchor in range(ANCHORS)]
    chosen = torch.stack(best)
    return logits[chosen], torch.zeros(*chosen.shape, components), log_scales[chosen]


def _mixtures(components: int) -> tuple[Tensor, Tensor]:
    """Logits and log scales [candidates, K]: of each place on the scale distributions that lie more or less close
    and have equal or unequal parts."""
    places = torch.arange(LOG_SCALE_MINIMUM, LOG_SCALE_MAXIMUM + 0.1, 0.25)
    spreads, tilts = torch.arange(0.3, 1.6, 0.3), torch.arange(-2.0, 2.1)
    if components == 1:
        spreads = tilts = torch.zeros(1)
    place, spread, tilt = (part.flatten()[:, None] for part in torch.meshgrid(places, spreads, tilts, indexing="ij"))
    apart = torch.linspace(-1, 1, components) if components > 1 else torch.zeros(1)
    return tilt * apart, (place + spread * apart).clamp(LOG_SCALE_MINIMUM, LOG_SCALE_MAXIMUM)


def _counts(symbols: Tensor) -> Tensor:
    """How often each channel of symbols [B, M, H, W] has each magnitude, [M, MAGNITUDES]."""
    rows = symbols.abs().clamp(max=MAGNITUDES - 1).long().transpose(0, 1).flatten(1)
    places = rows + MAGNITUDES * torch.arange(len(rows))[:, None]
    counts = torch.bincount(places.flatten(), minlength=len(rows) * MAGNITUDES).view(-1, MAGNITUDES).float()
    counts[:, 1 : 1 + len(RARE)] += torch.tensor(RARE)
    return counts
