"""Equal ranges of the channels that enter the last convolution: the float weights rewritten before calibration."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from model.codec import Codec
from model.gdn import GDN
from model.shift import nearest_exponents

LARGEST_GAIN = 8.0
"""Squared it spreads the rows of gamma by 6 binary places, as far as their grids may differ."""

QUANTILE = 0.9995
POSITIONS = 1 << 14


@torch.no_grad()
def equalize(codec: Codec, pixels: Tensor) -> None:
    """Widens the weak channels that enter the last convolution, on pixels [B, 3, H, W] in [0, 1).

    All channels of a map share one scale, and after training a few of them may be thirty times as strong as most. Row c
    of beta and gamma times s_c**2 makes channel c of the inverse normalization s_c times as strong, and the next
    convolution divides by it (Nagel et al., ICCV 2019, section 4.1): the float codec stays the same function.
    """
    normalization, last = cast(GDN, codec.synthesis.igdn2), cast(nn.Conv2d, codec.synthesis.last)
    maps: list[Tensor] = []
    hook = normalization.register_forward_hook(lambda _, __, result: maps.append(result))
    codec.synthesis(codec.analysis(pixels).round())
    hook.remove()
    values = maps[0].abs().transpose(0, 1).flatten(1)
    reach = values[:, :: max(1, values.shape[1] // POSITIONS)].quantile(QUANTILE, dim=1)
    # the strongest just fill the range of a power of two
    least = 2.0 ** nearest_exponents(reach.max()) / reach.max()
    gain = (least * reach.max() / reach.clamp(min=1e-12)).clamp(max=LARGEST_GAIN * least)
    normalization.beta_root.copy_((normalization.beta * gain.square()).sqrt())
    normalization.gamma_root.mul_(gain[:, None])
    last.weight.div_(gain[:, None, None])
