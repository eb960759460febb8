"""Number formats of the rounded maps: bit widths by role, chosen binary points by tensor."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from typing import Any

import torch
from torch import Tensor

from model.fields import described
from model.quantization.compensation import Correction, compensate
from model.quantization.straight import snap
from model.quantization.weights import Digits, Projection, ShiftWeights, single_powers, sums_of_powers
from ops import Fixed

CANDIDATES = 5
"""How many binary points are tried: from no clipping to clipping at 1/16 of the largest magnitude."""


CLIPPING = 8.0
"""How many times an error of clipping counts when an activation is given its range: such errors have one sign over
whole areas and so add up in the sums of the next layer, in which those of rounding cancel."""

GAIN_SPAN = 3
"""How many binary places the weakest channel of a map may be enlarged by."""


CARRIER = Digits(4, extra=2)
"""Of what every number of a picture passes: at high rates the rounding of 8 bits in three terms is seen."""

DIGITS = {
    "first": CARRIER,
    "norm": Digits(3),
    "deconvolution": Digits(2),
    "shortcut": CARRIER,
    "last": CARRIER,
    "convolution": Digits(4),
}
"""Of the weights of a convolution, by its role: few where more are not missed."""

NARROW_DIGITS = DIGITS | {"first": Digits(3), "shortcut": Digits(3, 2), "last": Digits(3, 2)}
"""The same for small devices: lanes that are a quarter smaller where weights are missed a little."""

MORE_DIGITS = dict.fromkeys(DIGITS, Digits(3)) | {"convolution": Digits(4)}
"""Those of weights of more than 8 bits."""


@dataclass(frozen=True)
class BitWidths:
    """Bits of rounded maps by their role, where no budget says otherwise, and of the weights of convolutions (`weight`;
    some have fewer `digits`). Roles: `activation` enters shift and adder arrays, `wide` enters a normalization,
    `distance` is a recentred L1 distance before its implicit deconvolution, `energy` a square (unsigned), `latents` are
    what leaves the analysis and enters the synthesis.

    Raises ValueError where one is not between 4 and 16.
    """

    activation: int = 8
    wide: int = 12
    distance: int = 10
    energy: int = 10
    latents: int = 12
    weight: int = described(8, "bits of convolutions, 4 to 16; shift weights are powers of two")
    narrow: bool = described(False, "weights of shortcuts and the last layer are 42 at most, not 127")

    def __post_init__(self) -> None:
        for name in ("activation", "wide", "distance", "energy", "latents", "weight"):
            if not 4 <= getattr(self, name) <= 16:
                raise ValueError(f"{name} must be between 4 and 16 bits, not {getattr(self, name)!r}")

    @classmethod
    def all(cls, bits: int) -> BitWidths:
        """Every map with so many."""
        return cls(bits, bits, bits, bits, bits)

    @property
    def digits(self) -> dict[str, Digits]:
        """What weights are sums of, by the role of their convolution."""
        if self.weight > 8:
            return MORE_DIGITS
        return NARROW_DIGITS if self.narrow else DIGITS


PIXELS = Fixed(8, 8, signed=False)
"""Format of pictures at the ends of the transforms."""

MapBits = dict[str, int]
"""Bits of rounded maps by their names."""


@dataclass
class Formats:
    """The format of every rounded tensor by name; `choose` fills it during calibration, with the bits that `bits` has
    for the tensor, or else its role's.

    `gains` are exponents: by which powers of two the channels of an activation are larger than in the float codec, so
    that weak ones use the range as well. `corrections` belong to convolutions; with None in their place weights are
    rounded to the nearest. `digits` are what a weight is a sum of, by the role of its convolution.
    """

    widths: BitWidths = field(default_factory=BitWidths)
    bits: MapBits = field(default_factory=dict)
    by_name: dict[str, Fixed] = field(default_factory=dict)
    gains: dict[str, tuple[float, ...]] = field(default_factory=dict)
    corrections: dict[str, Correction] | None = field(default_factory=dict)
    digits: dict[str, Digits] = field(default_factory=dict)
    single: dict[str, ShiftWeights] = field(default_factory=dict, repr=False, compare=False)
    """Those of shift branches by name, since weights that have hardened are the same in every step."""

    def __post_init__(self) -> None:
        self.digits = self.digits or self.widths.digits

    def width_of(self, name: str, role: str) -> int:
        """Bits of the rounded tensor `name`."""
        return self.bits.get(name, int(getattr(self.widths, role)))

    def gains_of(self, name: str) -> Tensor | None:
        """The gains of a map [C] in float64, None where all channels are alike."""
        exponents = self.gains.get(name, ())
        return torch.tensor(exponents, dtype=torch.float64).exp2() if any(exponents) else None

    def choose_gains(self, name: str, values: Tensor, steps: int, span: int = GAIN_SPAN) -> None:
        """The best gains of an activation on `values` [B, C, H, W], remembered; see `best_gains`."""
        self.gains[name] = best_gains(values, self.width_of(name, "activation"), steps, span)

    def correct(self, name: str, x: Tensor, weight: Tensor, role: str, stride: int) -> None:
        """Chooses the correction of a convolution on its input x [B, C, H, W], where there is none."""
        if self.corrections is not None and name not in self.corrections:
            projection = Projection.of(weight, self.digits[role], self.widths.weight)
            self.corrections[name] = compensate(x, weight, projection, stride)

    def rounded(
        self, name: str, weight: Tensor, bias: Tensor | None, role: str | None
    ) -> tuple[ShiftWeights, Tensor | None]:
        """Weights of a convolution as powers of two, and its bias; see LoweringTarget.shift_conv."""
        if role is None:
            return self._single(name, weight), bias
        correction = (self.corrections or {}).get(name)
        if correction is not None:
            weight = weight + correction.weight.to(weight)
            offset = correction.bias.to(weight)
            bias = offset if bias is None else bias + offset.to(bias)
        return sums_of_powers(weight, self.digits[role], self.widths.weight), bias

    def _single(self, name: str, weight: Tensor) -> ShiftWeights:
        known = self.single.get(name)
        if known is None or weight.requires_grad or not torch.equal(known.source, weight):
            self.single[name] = known = single_powers(weight)
        return known

    def choose(self, name: str, role: str, values: Tensor) -> Fixed:
        """The best format on `values` (any shape), remembered under `name`; see `best_format`."""
        if role == "pixels":
            chosen = PIXELS
        elif role == "latents":  # the boldest picture must not be clipped: its colours would be others
            chosen = Fixed(self.width_of(name, role), self.width_of(name, role) - 1 - exponent_of(values))
        else:
            chosen = best_format(values, self.width_of(name, role), signed=role != "energy", clipping=CLIPPING)
        self.by_name[name] = chosen
        return chosen

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready: widths by role, [width, frac, signed] by tensor."""
        tensors = {name: fixed.to_list() for name, fixed in self.by_name.items()}
        digits = {role: astuple(value) for role, value in self.digits.items()}
        fields = {
            "widths": vars(self.widths),
            "bits": self.bits,
            "tensors": tensors,
            "gains": self.gains,
            "digits": digits,
        }
        if self.corrections is not None:
            fields["corrections"] = {name: value.to_dictionary() for name, value in self.corrections.items()}
        return fields

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> Formats:
        """Reads `to_dictionary`. Raises ValueError for widths out of range."""
        tensors = {name: Fixed.from_list(values) for name, values in fields["tensors"].items()}
        gains = {name: tuple(exponents) for name, exponents in fields["gains"].items()}
        stored = fields.get("corrections")
        corrections = None if stored is None else {name: Correction.from_dictionary(c) for name, c in stored.items()}
        digits = {role: Digits(*numbers) for role, numbers in fields["digits"].items()}
        return cls(BitWidths(**fields["widths"]), dict(fields["bits"]), tensors, gains, corrections, digits)


def best_format(values: Tensor, width: int, signed: bool = True, clipping: float = 1.0) -> Fixed:
    """The format of `width` bits that has the least squared error on values, where an error of clipping counts
    `clipping` times."""
    values = values.detach()
    first = width - int(signed) - exponent_of(values)
    candidates = [Fixed(width, frac, signed) for frac in range(first, first + CANDIDATES)]
    errors = [float(_squared_errors(values, fixed, clipping).mean()) for fixed in candidates]
    return candidates[errors.index(min(errors))]


def _squared_errors(values: Tensor, fixed: Fixed, clipping: float) -> Tensor:
    errors = (snap(values, fixed) - values).square()
    is_clipped = (values < fixed.low * fixed.step) | (values > fixed.high * fixed.step)
    return torch.where(is_clipped, errors * clipping, errors)


def best_gains(values: Tensor, width: int, steps: int = 1, places: int = GAIN_SPAN) -> tuple[float, ...]:
    """For each channel of values [B, C, H, W] the exponent, a multiple of 1 / steps from 0 to `places`, with which a
    format of `width` bits, common to all channels, has the least squared error; clipping counts CLIPPING times."""
    values = values.detach()
    span, fixed = places * steps, Fixed(width, width - 1 - exponent_of(values))
    scales = [2.0 ** (index / steps) for index in range(CANDIDATES * steps + span)]
    errors = torch.stack([_squared_errors(values * s, fixed, CLIPPING).mean((0, 2, 3)) / s**2 for s in scales])
    best = [errors[start : start + span + 1].min(dim=0) for start in range(CANDIDATES * steps)]
    totals = [float(window.values.sum()) for window in best]
    start = totals.index(min(totals))
    indices = best[start].indices + start
    whole = int(indices.min()) // steps * steps
    return tuple(((indices - whole) / steps).tolist())


def exponent_of(values: Tensor) -> int:
    """The smallest e with abs(values) < 2**e; 0 where every value is zero."""
    peak = float(values.detach().abs().max())
    return int(torch.frexp(torch.tensor(peak, dtype=torch.float64)).exponent) if peak > 0 else 0
