"""How often the elements of a map take each value."""

from __future__ import annotations

import numpy as np

from ops.tensor import IntegerArray


def count_values(maps: IntegerArray, low: int, high: int) -> IntegerArray:
    """How often each channel of `maps` (channels, height, width) has each value of low..high: (channels, values).

    Raises ValueError where a value lies outside.
    """
    if maps.min() < low or maps.max() > high:
        raise ValueError(f"maps must lie in [{low}, {high}], not [{maps.min()}, {maps.max()}]")
    size = high - low + 1
    return np.stack([np.bincount((values - low).ravel(), minlength=size) for values in maps])
