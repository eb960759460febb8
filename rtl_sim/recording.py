"""Recorded tensors on disk: what a simulation delivered, to be compared now or later."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ops import IntegerArray
from ops.files import replacing
from ops.reading import check_regular
from rtl_sim.comparison import Tensor

CYCLE_SUFFIX = "@cycle"


class RecordingError(ValueError):
    """The file is no readable recording of tensors."""


def save_recording(path: Path, tensors: Iterable[tuple[str, Tensor]]) -> None:
    """Writes tensors, and where known the cycle of each element, as one .npz; whole or not at all."""
    arrays = {}
    for name, tensor in tensors:
        arrays[name] = _narrow(tensor.values)
        if tensor.cycles is not None:
            arrays[name + CYCLE_SUFFIX] = _narrow(tensor.cycles)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)  # type: ignore[arg-type]


def load_recording(path: Path, only: str | None = None) -> dict[str, Tensor]:
    """The tensors of a recording by name, or the one called `only`. Raises RecordingError, and FileNotFoundError.

    Integers of any width are taken, as hardware delivers them.
    """
    arrays = _arrays(path, only)
    cycles = {name: array for name, array in arrays.items() if name.endswith(CYCLE_SUFFIX)}
    tensors = {}
    for name, values in arrays.items():
        if name not in cycles:
            own = cycles.get(name + CYCLE_SUFFIX)
            if values.ndim != 3 or (own is not None and own.shape != values.shape):
                raise RecordingError(f"{path}: {name!r} must have shape (channels, height, width), as its cycles have")
            tensors[name] = Tensor(values, own)
    return tensors


def _arrays(path: Path, only: str | None) -> dict[str, IntegerArray]:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    try:
        with np.load(check_regular(path), allow_pickle=False) as archive:
            wanted = archive.files if only is None else {only, only + CYCLE_SUFFIX} & set(archive.files)
            arrays = {name: archive[name] for name in wanted}
    except Exception as error:  # numpy and zipfile raise whatever they like on broken files
        raise RecordingError(f"{path} must be a recording of tensors (.npz), and is not readable") from error
    return {name: _integers(path, name, array) for name, array in arrays.items()}


def _integers(path: Path, name: str, array: object) -> IntegerArray:
    """The array with 64-bit elements. Raises RecordingError where it is none, or not of integers."""
    if not isinstance(array, np.ndarray):
        raise RecordingError(f"{path}: {name!r} must be an array, and is none")
    if array.dtype.kind not in "iu":
        raise RecordingError(f"{path}: {name!r} must hold integers, not {array.dtype}")
    if array.dtype.kind == "u" and array.max(initial=0) > np.iinfo(np.int64).max:
        raise RecordingError(f"{path}: {name!r} must hold integers of 64 bits, not {array.max()}")
    return array.astype(np.int64)


def _narrow(values: IntegerArray) -> IntegerArray:
    """The same integers in 32 bits where they fit: half the file."""
    fits = values.size == 0 or (values.min() >= -(2**31) and values.max() < 2**31)
    return values.astype(np.int32) if fits else values
