"""Recorded tensors on disk: what a simulation delivered, to be compared now or later."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ops import IntegerArray
from ops.files import write_whole
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
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, buffer.getvalue())


def load_recording(path: Path) -> dict[str, Tensor]:
    """The tensors of a recording by name. Raises RecordingError, and FileNotFoundError."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
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
