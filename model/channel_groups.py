"""The entropy model of wide latents: groups of channels, each told by the groups before and causal neighbours.

Latents that are nearly those of a linear transform need little: their magnitudes tell their neighbours' scales, and
signs matter in the first channels only. A group's channels come in parts, and a part also knows those before it at its
own position: what they tell is added between the two rectifiers, where it costs next to nothing. Channel-conditional
coding is Minnen and Singh's (ICIP 2020), uneven groups are ELIC's (He et al., CVPR 2022); all qualities share one
model, to which quality is a bias.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from host.layout import SIGNED_CHANNELS, features_of, parts_of, signed_channels
from model.mixture import MixtureParameters, mixture_bits
from model.qualities import ANCHORS, interpolated

HIDDEN = 64
COMPONENTS = 2
FIRST_GROUP, FIRST_TOTAL = 4, 16
SLOPE = 0.125
"""Of the leaky rectifiers."""

SIGN_SCALE = 8.0
FIRST_SPREAD = 0.7
"""Half the distance between the log scales of the two distributions at first."""

ROWS, COLUMNS, TAPS = 3, 5, 12
"""A causal window: two rows above, and what lies to the left in its own row."""


def group_sizes(channels: int) -> tuple[int, ...]:
    """Channels of each group: 4, 12, and from then on as many as all before, 16, 32, ..., until all have one."""
    totals = [min(FIRST_GROUP, channels)]
    while totals[-1] < channels:
        totals.append(min(channels, max(FIRST_TOTAL, 2 * totals[-1])))
    return tuple(after - before for before, after in zip([0, *totals], totals, strict=False))


class CausalConv2d(nn.Module):
    """A 5x5 convolution that sees the 12 positions before its own in raster order; [B, C, H, W] -> [B, O, H, W].

    `weight` is [O, C / groups, 3, 5], the last row's centre and what follows it unused.
    """

    mask: Tensor

    def __init__(self, inputs: int, outputs: int, groups: int = 1, is_biased: bool = True) -> None:
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, ROWS, COLUMNS))
        nn.init.normal_(self.weight, std=(TAPS * inputs / groups) ** -0.5)
        self.bias = nn.Parameter(torch.zeros(outputs)) if is_biased else None
        seen = torch.arange(ROWS * COLUMNS).view(ROWS, COLUMNS) < TAPS
        self.register_buffer("mask", seen.float(), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        margin = COLUMNS // 2
        padded = functional.pad(image, (margin, margin, ROWS - 1, 0))
        return functional.conv2d(padded, self.weight * self.mask, self.bias, groups=self.groups)


class FloatChannelGroup(nn.Module):
    """The distributions of one group of channels, from the features of those before it and of its own neighbours."""

    def __init__(self, first: int, count: int) -> None:
        super().__init__()
        self.first, self.count = first, count
        signed_before, self.signed = min(first, SIGNED_CHANNELS), signed_channels(first, count)
        self.hidden_bias = nn.Parameter(torch.zeros(ANCHORS, HIDDEN))
        self.law_bias = nn.Parameter(torch.zeros(ANCHORS, 3 * COMPONENTS * count))
        self.before = nn.Conv2d(first + signed_before, HIDDEN, 3, padding=1, bias=False) if first else None
        self.own = CausalConv2d(count + self.signed, HIDDEN, is_biased=False)
        self.middle = nn.Conv2d(HIDDEN, HIDDEN, 1)
        self.within = nn.Parameter(torch.zeros(HIDDEN, count + self.signed))
        self.laws = nn.Conv2d(HIDDEN, 3 * COMPONENTS * count, 1, bias=False)
        self.scale = CausalConv2d(count, count, count, is_biased=False)
        self.mean = CausalConv2d(count, count, count, is_biased=False) if first < SIGNED_CHANNELS else None
        self.mean_range = slice(first, first + count)
        with torch.no_grad():
            self.middle.weight.mul_(0.1)
            self.laws.weight.mul_(0.1)
            self.scale.weight.fill_(1 / TAPS)
            if self.mean is not None:
                self.mean.weight.zero_()

    def forward(self, latents: Tensor, magnitudes: Tensor, values: Tensor, positions: Tensor) -> MixtureParameters:
        """Distributions [B, count, H, W, K] of this group; latents, magnitudes [B, M, H, W], values [B, 32, H, W]."""
        own = slice(self.first, self.first + self.count)
        seen = torch.cat([magnitudes[:, own], values[:, own]], 1)
        hidden = self.own(seen) + interpolated(self.hidden_bias, positions)[:, :, None, None]
        if self.before is not None:
            hidden = hidden + self.before(torch.cat([magnitudes[:, : self.first], values[:, : self.first]], 1))
        hidden = functional.leaky_relu(hidden, SLOPE)
        raw = self._part_by_part(hidden + self.middle(hidden), seen)
        raw = raw + interpolated(self.law_bias, positions).unflatten(1, (-1, self.count))[..., None, None]
        logits, means, log_scales = raw.unflatten(1, (3, COMPONENTS)).permute(1, 0, 3, 4, 5, 2).unbind(0)
        spread = torch.tensor([-FIRST_SPREAD, FIRST_SPREAD], dtype=raw.dtype, device=raw.device)
        log_scales = log_scales + spread + self.scale(magnitudes[:, own])[..., None]
        if self.mean is not None:
            means = means + self.mean(latents[:, own])[..., None]
        return MixtureParameters(logits, means, log_scales)

    def _part_by_part(self, hidden: Tensor, seen: Tensor) -> Tensor:
        """Raw parameters [B, 6, count, H, W] without their biases, from hidden numbers before the second rectifier and
        the group's own features."""
        laws, found = self.laws.weight.unflatten(0, (-1, self.count)), []
        for part in parts_of(self.count):
            rows = laws[:, part].flatten(0, 1)
            known = functional.leaky_relu(hidden, SLOPE)
            found.append(functional.conv2d(known, rows).unflatten(1, (-1, part.stop - part.start)))
            if part.stop < self.count:
                told = features_of(part, self.count, self.signed)
                hidden = hidden + functional.conv2d(seen[:, told], self.within[:, told, None, None])
        return torch.cat(found, 2)


class FloatChannelGroups(nn.Module):
    """Bits of latents [B, M, H, W] in units of their steps, of pictures whose qualities lie at positions [B]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        sizes = group_sizes(channels)
        self.groups = nn.ModuleList(FloatChannelGroup(sum(sizes[:index]), size) for index, size in enumerate(sizes))

    def distributions(self, latents: Tensor, positions: Tensor) -> MixtureParameters:
        """The distribution of every latent by whole numbers before it, each [B, M, H, W, K]."""
        magnitudes = torch.log1p(latents.abs())
        values = torch.tanh(latents[:, :SIGNED_CHANNELS] / SIGN_SCALE)
        found = [group(latents, magnitudes, values, positions) for group in self.groups]
        return MixtureParameters(*(torch.cat(parts, 1) for parts in zip(*found, strict=True)))

    def forward(self, symbols: Tensor, noisy: Tensor, positions: Tensor) -> Tensor:
        """Bits of each picture, [B]: distributions of whole numbers `symbols`, whose gradient passes straight through.

        Where `noisy` are other numbers, the latents learn by the bits of those, the distributions by those of symbols.
        """
        distributions = self.distributions(symbols, positions)
        bits = mixture_bits(symbols if noisy is symbols else symbols.detach(), *distributions, mixture="laplace")
        if noisy is not symbols:
            fixed = MixtureParameters(*(part.detach() for part in distributions))
            smooth = mixture_bits(noisy, *fixed, mixture="laplace")
            bits = bits + smooth - smooth.detach()
        return bits.sum((1, 2, 3))
