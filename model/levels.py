"""Training with the levels of integers: what enters shift and adder arrays is rounded as the hardware will round it.

A codec that never met these roundings uses its maps as it likes: few channels carry most of the picture, and shift
weights, powers of two, tie their ranges to each other, so that a common number of bits leaves some of them half empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model.codec import PIXEL_SCALE, TRANSFORMS, Codec
from model.gains import choose_gains, gain_span, normalizations, weigh_channels
from model.gdn import GDN
from model.quantization.formats import CLIPPING, BitWidths, Formats, best_format, best_gains
from model.quantization.straight import snap
from model.rescaling import scale_norm
from ops import Fixed

FINENESS = 8
"""Steps to a factor of two in which the range of a channel is sought."""

RECORD = "levels"


@dataclass(frozen=True)
class Levels:
    """The levels of a map's channels: those of `fixed`, for each channel 2**exponent times as fine."""

    fixed: Fixed
    exponents: tuple[float, ...]

    @property
    def gains(self) -> Tensor:
        """Two to the exponents, [C, 1, 1]."""
        return torch.tensor(self.exponents).exp2()[:, None, None]

    def __call__(self, x: Tensor) -> Tensor:
        """x [B, C, H, W] on these levels, straight-through."""
        gains = self.gains.to(x)
        return snap(x * gains, self.fixed) / gains

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"format": self.fixed.to_list(), "exponents": list(self.exponents)}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> Levels:
        """Reads `to_dictionary`."""
        return cls(Fixed.from_list(fields["format"]), tuple(fields["exponents"]))


LevelsByName = dict[str, Levels]
"""By the names of the normalizations whose results they are, such as "analysis.gdn1"."""


@torch.no_grad()
def fill_ranges(codec: Codec, pictures: Tensor, bits: int) -> LevelsByName:
    """Levels of `bits` for the results of all normalizations on pictures [B, 3, H, W] in [0, 1).

    The channels are rescaled, and what follows takes that back, so that each fills its range: with soft shift weights
    (`TrainingPlan.soft_share`) the ranges need not be tied to one another by powers of two.
    """
    return {
        name: _fill(norm, following, x, bits) for name, norm, following, x in normalizations(codec.eval(), pictures)
    }


def _fill(norm: GDN, following: nn.Module, x: Tensor, bits: int) -> Levels:
    """Rescales the channels of a normalization of x; the levels that they fill then."""
    exponents = torch.tensor(best_gains(norm(x), bits, FINENESS, gain_span(following)))
    whole = exponents.round()
    scale_norm(norm, following, (exponents - whole).exp2())
    weigh_channels(following, whole.exp2(), norm(x))
    fixed = best_format(norm(x) * whole.exp2()[:, None, None], bits, clipping=CLIPPING)
    return Levels(fixed, tuple(whole.tolist()))


def read_levels(record: dict[str, Any]) -> LevelsByName:
    """Those that a checkpoint's record names, none where it was trained on real maps."""
    return {name: Levels.from_dictionary(fields) for name, fields in record.get(RECORD, {}).items()}


def levels_record(levels: LevelsByName) -> dict[str, Any]:
    """What `read_levels` reads."""
    return {RECORD: {name: found.to_dictionary() for name, found in levels.items()}} if levels else {}


def apply_levels(codec: Codec, levels: LevelsByName) -> None:
    """From now on the normalizations' results lie on these levels."""
    for name, module in _norms(codec):
        module.levels = levels.get(name)


def seeded_formats(levels: LevelsByName, transform: str, widths: BitWidths) -> Formats:
    """Formats of a transform that know the maps that were trained on such levels, where these have as many bits."""
    formats = Formats(widths)
    for name, found in levels.items():
        owner, _, norm = name.partition(".")
        if owner == transform and found.fixed.width == widths.activation:
            formats.by_name[f"{norm}.round"], formats.gains[f"{norm}.round"] = found.fixed, found.exponents
    return formats


def first_formats(
    codec: Codec, pictures: Tensor, widths: BitWidths, levels: LevelsByName | None = None
) -> dict[str, Formats]:
    """Formats of both transforms before calibration on bytes [B, 3, H, W]: of the maps trained on `levels`, and the
    gains of all normalizations, with which the codec's adder branches count from now on."""
    formats = {name: seeded_formats(levels or {}, name, widths) for name in TRANSFORMS}
    choose_gains(codec, pictures.float() / PIXEL_SCALE, formats)
    return formats


def _norms(codec: Codec) -> Iterator[tuple[str, GDN]]:
    return ((name, module) for name, module in codec.named_modules() if isinstance(module, GDN))
