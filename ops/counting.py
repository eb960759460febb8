"""What a pixel costs in integer operations, and how often the elements of a map take each value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ops.tensor import IntegerArray

UNKNOWN = "unknown"
"""The kind of operations of which nothing is known but that they take place."""


@dataclass(frozen=True)
class Operation:
    """`count` operations of one kind, each of which takes `steps` elementary steps of `width` bits.

    A step of a "shift" is a shift, one of a "multiply" a product of a number of `width` and one of `factor_width` bits,
    one of any other kind an addition or subtraction. A sign costs no step: the sum that follows adds or subtracts.
    """

    kind: str
    count: int
    width: int
    steps: int = 1
    factor_width: int = 0


def count_kinds(operations: Iterable[Operation]) -> dict[str, int]:
    """How many operations of each kind."""
    counts: dict[str, int] = {}
    for operation in operations:
        counts[operation.kind] = counts.get(operation.kind, 0) + operation.count
    return counts


def count_values(maps: IntegerArray, low: int, high: int) -> IntegerArray:
    """How often each channel of `maps` (channels, height, width) has each value of low..high: (channels, values).

    Raises ValueError where a value lies outside.
    """
    if maps.min() < low or maps.max() > high:
        raise ValueError(f"maps must lie in [{low}, {high}], not [{maps.min()}, {maps.max()}]")
    size = high - low + 1
    return np.stack([np.bincount((values - low).ravel(), minlength=size) for values in maps])
