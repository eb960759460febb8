"""Number formats of the rounded maps: bit widths by role, chosen binary points by tensor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from model.quantization.straight import snap
from ops import Fixed

CANDIDATES = 5
"""How many binary points are tried: from no clipping to clipping at 1/16 of the largest magnitude."""


@dataclass(frozen=True)
class BitWidths:
    """Bits of rounded maps, and of the weights of convolutions (`weight`). Roles of maps: `activation` enters shift and
    adder arrays, `wide` enters a normalization, `distance` is a recentred L1 distance before its implicit
    deconvolution, `energy` a square (unsigned)."""

    activation: int = 8
    wide: int = 12
    distance: int = 12
    energy: int = 16
    weight: int = 8

    @classmethod
    def of(cls, activation: int, weight: int = 8) -> BitWidths:
        """The widths around activations and weights of so many bits: the wider maps have at least as many.

        Raises ValueError where one is not between 4 and 16.
        """
        return cls(activation, max(12, activation), max(12, activation), max(16, activation), weight)

    def __post_init__(self) -> None:
        if not 4 <= self.weight <= 16:
            raise ValueError(f"weight must be between 4 and 16 bits, not {self.weight!r}")
        if not 4 <= self.activation <= 16:
            raise ValueError(f"activation must be between 4 and 16 bits, not {self.activation!r}")
        for name in ("wide", "distance", "energy"):
            if not self.activation <= getattr(self, name) <= 24:
                raise ValueError(f"{name} must be between {self.activation} and 24 bits, not {getattr(self, name)!r}")


FIXED_ROLES = {"latents": Fixed(8, 0), "pixels": Fixed(8, 8, signed=False)}
"""Formats at the ends of the transforms, which calibration does not choose."""


@dataclass
class Formats:
    """The format of every rounded tensor by name; `choose` fills it during calibration."""

    widths: BitWidths = field(default_factory=BitWidths)
    by_name: dict[str, Fixed] = field(default_factory=dict)

    def choose(self, name: str, role: str, values: Tensor) -> Fixed:
        """The format with the least squared error on `values` (any shape), remembered under `name`."""
        if role in FIXED_ROLES:
            self.by_name[name] = FIXED_ROLES[role]
            return FIXED_ROLES[role]
        self.by_name[name] = best_format(values, getattr(self.widths, role), signed=role != "energy")
        return self.by_name[name]

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready: widths by role, [width, frac, signed] by tensor."""
        tensors = {name: [f.width, f.frac, int(f.signed)] for name, f in self.by_name.items()}
        return {"widths": vars(self.widths), "tensors": tensors}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> Formats:
        """Reads `to_dictionary`. Raises ValueError for widths out of range."""
        tensors = {name: Fixed(width, frac, bool(signed)) for name, (width, frac, signed) in fields["tensors"].items()}
        return cls(BitWidths(**fields["widths"]), tensors)


def best_format(values: Tensor, width: int, signed: bool = True, finest: int | None = None) -> Fixed:
    """The format of `width` bits, with at most `finest` fractional bits, that has the least squared error on values."""
    values = values.detach()
    first = width - int(signed) - exponent_of(values)
    fracs = [frac if finest is None else min(frac, finest) for frac in range(first, first + CANDIDATES)]
    candidates = [Fixed(width, frac, signed) for frac in dict.fromkeys(fracs)]
    errors = [float((snap(values, fixed) - values).square().mean()) for fixed in candidates]
    return candidates[errors.index(min(errors))]


def exponent_of(values: Tensor) -> int:
    """The smallest e with abs(values) < 2**e; 0 where every value is zero."""
    peak = float(values.abs().max())
    return int(torch.frexp(torch.tensor(peak, dtype=torch.float64)).exponent) if peak > 0 else 0
