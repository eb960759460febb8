"""Networks as named arrays, and the file and the digest of such arrays."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from host.network import Convolution, Network
from ops.files import write_whole
from ops.reading import read_regular

Arrays = dict[str, npt.NDArray[Any]]

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


def array_of(arrays: Mapping[str, npt.NDArray[Any]], name: str, kind: str) -> npt.NDArray[Any]:
    """One array, which must be there and be of a type. Raises ValueError."""
    if name not in arrays:
        raise ValueError(f"must have an array {name!r}")
    if arrays[name].dtype != np.dtype(kind):
        raise ValueError(f"{name} must be of type {kind}, not {arrays[name].dtype.str}")
    return arrays[name].astype(np.dtype(kind).newbyteorder("="))


def digest_of(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """SHA-256 over names, types, shapes and contents of arrays, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        values = arrays[name]
        shape = ",".join(map(str, values.shape))
        total.update(f"{name} {np.dtype(values.dtype).kind}{values.dtype.itemsize} {shape}\n".encode("ascii"))
        total.update(np.ascontiguousarray(values).tobytes())
    return total.digest()


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write a numpy archive, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_whole(path, buffer.getvalue())


def read_arrays(path: Path) -> Arrays:
    """The arrays of a numpy archive. Raises OSError, and ValueError for what is none."""
    data = io.BytesIO(read_regular(path))
    if not zipfile.is_zipfile(data):
        raise ValueError("is not an archive of arrays, or it is truncated")
    try:
        with np.load(data, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("is not an archive of arrays, or it is damaged") from error
