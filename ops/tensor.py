"""What is known of a tensor before a picture arrives: channels, number format, proven range and sampling rate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.fixed import Fixed

Integers = npt.NDArray[np.signedinteger[Any]]
"""Integers of any signed width."""

AnyIntegers = npt.NDArray[np.integer[Any]]
"""Integers of any width, signed or not."""

IntegerArray = npt.NDArray[np.int64]
"""A feature map as integers, shape (channels, height, width)."""


def check_integers(name: str, values: npt.NDArray[Any]) -> None:
    """Raise ValueError unless an array is of integers: others would lose what lies behind the point, unseen."""
    if values.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers, not {values.dtype}")


@dataclass(frozen=True)
class TensorType:
    """The static type of a feature map of shape (channels, height, width).

    `low` and `high` are proven bounds of its integers, `fixed` a format that holds them, and `rate` the number of its
    rows (and columns) for each row (and column) of the graph's input.
    """

    channels: int
    fixed: Fixed
    low: int
    high: int
    rate: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        for name in ("channels", "low", "high"):
            object.__setattr__(self, name, index(getattr(self, name)))  # of Python, which never wrap
        if self.channels < 1:
            raise ValueError(f"channels must be at least 1, not {self.channels!r}")
        if not self.fixed.low <= self.low <= self.high <= self.fixed.high:
            raise ValueError(f"{self.fixed} must hold the range [{self.low}, {self.high}], and does not")

    @classmethod
    def of_format(cls, channels: int, fixed: Fixed, rate: Fraction = Fraction(1)) -> TensorType:
        """A tensor that may take every value of its format."""
        return cls(channels, fixed, fixed.low, fixed.high, rate)

    @classmethod
    def of_range(cls, channels: int, low: int, high: int, frac: int, rate: Fraction = Fraction(1)) -> TensorType:
        """A tensor of proven range, in the narrowest format that holds it."""
        return cls(channels, Fixed.covering(low, high, frac), low, high, rate)
