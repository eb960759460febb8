"""Fixed-point number formats: the vocabulary in which every tensor of the hardware is described."""

from __future__ import annotations

from dataclasses import dataclass

MAX_WIDTH = 48
"""Widest stream element, in bits, that the back ends carry."""


MAX_FRAC = 1000
"""Most places by which the binary point may be moved: a step is a floating-point number still."""


@dataclass(frozen=True)
class Fixed:
    """A two's complement or unsigned integer `q` of `width` bits that stands for the number q * 2**-frac."""

    width: int
    frac: int
    signed: bool = True

    def __post_init__(self) -> None:
        if abs(self.frac) > MAX_FRAC:
            raise ValueError(f"binary places must be between -{MAX_FRAC} and {MAX_FRAC}, not {self.frac!r}")
        if not 1 <= self.width <= MAX_WIDTH:
            raise ValueError(f"width must be between 1 and {MAX_WIDTH} bits, not {self.width!r}")

    def to_list(self) -> list[int]:
        """JSON-ready: [width, frac, signed]."""
        return [self.width, self.frac, int(self.signed)]

    @classmethod
    def from_list(cls, fields: list[int]) -> Fixed:
        """Reads `to_list`. Raises ValueError for a width out of range."""
        width, frac, signed = fields
        return cls(width, frac, bool(signed))

    @property
    def low(self) -> int:
        """Smallest integer of this format."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest integer of this format."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def step(self) -> float:
        """The number that one unit stands for."""
        return 2.0**-self.frac

    @classmethod
    def covering(cls, low: int, high: int, frac: int) -> Fixed:
        """The narrowest format that holds every integer from `low` to `high`; unsigned when `low` is not negative."""
        if low > high:
            raise ValueError(f"low must not exceed high, not {low!r} > {high!r}")
        if low >= 0:
            return cls(max(1, high.bit_length()), frac, signed=False)
        return cls(1 + max((-low - 1).bit_length(), high.bit_length()), frac, signed=True)

    def __str__(self) -> str:
        return f"{'s' if self.signed else 'u'}{self.width}.{self.frac}"
