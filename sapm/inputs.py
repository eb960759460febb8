"""What enters graphs that are no codec: a picture, or maps of integers, padded to what the graphs take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from host.archive import read_arrays
from host.pictures import Picture, read_picture
from ops import AnyIntegers, IntegerArray
from sapm.bundle import Bundle
from sapm.networks import Networks

Source = AnyIntegers | Mapping[str, AnyIntegers] | str | Path
"""A map (channels, rows, columns), maps by graph, a picture's file, or a .npz archive of maps by graph."""

SHOWN = 4
"""Names of maps that an error quotes, at most."""


def input_maps(networks: Networks, source: Source) -> dict[str, IntegerArray]:
    """The input of every graph: the same for all, or those that are given by name, whose last row and
    column are repeated until both sides are multiples of what the graphs take.

    Raises ValueError for a graph without an input and for what a graph does not take, OSError for files.
    """
    if not isinstance(source, str | Path):
        return _maps(networks, source)
    content = _read(Path(source))
    try:
        return _maps(networks, content)
    except ValueError as error:
        raise ValueError(f"{Path(source).name}: {error}") from None


def passing_maps(networks: Networks, source: Source) -> dict[str, IntegerArray]:
    """What enters each graph: of a codec, a picture's pixels and the latents they become; else `input_maps`."""
    if not isinstance(networks, Bundle):
        return input_maps(networks, source)
    pixels = networks.host.pixels_of(codec_picture(source))
    return {"analysis": pixels, "synthesis": networks.host.analysis(pixels)}


def codec_picture(source: Source) -> Picture:
    """The picture that a codec takes. Raises ValueError for anything else."""
    if isinstance(source, Mapping):
        raise ValueError("a codec must get one picture, not maps by name")
    return read_picture(Path(source)) if isinstance(source, str | Path) else source.astype(np.uint8, casting="safe")


def _read(path: Path) -> AnyIntegers | Mapping[str, AnyIntegers]:
    return read_arrays(path) if path.suffix == ".npz" else read_picture(path)


def _maps(networks: Networks, content: AnyIntegers | Mapping[str, AnyIntegers]) -> dict[str, IntegerArray]:
    """The input of every graph, from a map for all or one by name."""
    if not isinstance(content, Mapping):
        return {name: _padded(networks, name, content) for name in networks.names}
    missing = [name for name in networks.names if name not in content]
    if missing:
        there = ", ".join(map(repr, sorted(content)[:SHOWN])) or "nothing"
        wanted = ", ".join(networks.names)
        raise ValueError(f"inputs must have a map for each of {wanted}, {missing[0]} has none; there is {there}")
    return {name: _padded(networks, name, content[name]) for name in networks.names}


def _padded(networks: Networks, name: str, x: Any) -> IntegerArray:
    values = np.asarray(x)
    if values.ndim != 3 or values.dtype.kind not in "iu":
        raise ValueError(f"{name} takes integers of shape (channels, rows, columns), not {values.dtype} {values.shape}")
    below, right = (-side % networks.multiple for side in values.shape[1:])
    padded = np.pad(values, ((0, 0), (0, below), (0, right)), mode="edge").astype(np.int64)
    networks.graph(name).check_input(padded)
    return padded
