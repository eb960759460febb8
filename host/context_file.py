"""Networks as named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from host.archive import Arrays, array_of
from host.network import Convolution, Network

OPTIONS = ("input_bits", "bits", "stride", "widening", "is_rectified")
"""The whole numbers of a convolution, in the order of its array `options`."""

KINDS = {"weights": "<i1", "bias": "<i8", "shifts": "<i8", "options": "<i8"}
"""Arrays of a convolution and their types."""


def network_arrays(name: str, network: Network) -> Arrays:
    """The arrays of a network's convolutions, called name.index.part."""
    arrays: Arrays = {}
    for index, layer in enumerate(network):
        options = np.array([getattr(layer, option) for option in OPTIONS], np.int64)
        parts: Arrays = {"weights": layer.weights, "bias": layer.bias, "shifts": layer.shifts, "options": options}
        arrays |= {f"{name}.{index}.{part}": values.astype(KINDS[part]) for part, values in parts.items()}
    return arrays


def network_from(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Network:
    """The network whose arrays these are. Raises ValueError."""
    layers: list[Convolution] = []
    while f"{name}.{len(layers)}.weights" in arrays:
        weights, bias, shifts, options = (
            array_of(arrays, f"{name}.{len(layers)}.{part}", kind) for part, kind in KINDS.items()
        )
        if options.shape != (len(OPTIONS),):
            raise ValueError(f"{name} must have {len(OPTIONS)} options a layer, not {options.shape}")
        numbers = dict(zip(OPTIONS, options.tolist(), strict=True))
        numbers["is_rectified"] = bool(numbers["is_rectified"])
        layers.append(Convolution(weights, bias, shifts, **numbers))
    return tuple(layers)
