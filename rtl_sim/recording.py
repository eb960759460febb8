"""Recorded tensors on disk: what a simulation delivered, to be compared now or later."""

from __future__ import annotations

import zipfile
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
    """The tensors of a recording by name, or the one called `only`. Raises RecordingError, and FileNotFoundError."""
    try:
        with np.load(check_regular(path), allow_pickle=False) as archive:
            wanted = archive.files if only is None else {only, only + CYCLE_SUFFIX} & set(archive.files)
            arrays = {name: archive[name] for name in wanted}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise RecordingError(f"{path} must be a recording of tensors (.npz), and is not readable") from error
    cycles = {name: array for name, array in arrays.items() if name.endswith(CYCLE_SUFFIX)}
    return {n: Tensor(a, cycles.get(n + CYCLE_SUFFIX)) for n, a in arrays.items() if not n.endswith(CYCLE_SUFFIX)}


def _narrow(values: IntegerArray) -> IntegerArray:
    """The same integers in 32 bits where they fit: half the file."""
    fits = values.size == 0 or (values.min() >= -(2**31) and values.max() < 2**31)
    return values.astype(np.int32) if fits else values
