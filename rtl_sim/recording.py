"""Recorded tensors on disk: what a simulation delivered, to be compared now or later."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ops import IntegerArray
from ops.arrays import Announced, ArchiveError, ArrayArchive, array_archive
from ops.fields import check_fields, matching
from ops.files import replacing
from rtl_sim.comparison import Tensor

CYCLE_SUFFIX = "@cycle"
ORIGIN = "@origin"
"""Array with the origin of a recording, as JSON."""

LARGEST_ORIGIN = 4096
"""Bytes of it."""

LARGEST = 1 << 28
"""Elements of all tensors of a recording that are read together, unless their shapes are known."""

Shape = tuple[int, ...]


class RecordingError(ValueError):
    """The file is no readable recording of tensors."""


@dataclass(frozen=True)
class Origin:
    """What was recorded: digests of the networks, of the project that was generated from them and of what entered the
    first graph; and the version of sapm that recorded it."""

    model: str
    project: str
    picture: str
    version: str


@dataclass(frozen=True)
class Recorder:
    """A recording to be: its file, and where it comes from."""

    path: Path
    origin: Origin

    def save(self, tensors: Iterable[tuple[str, Tensor]]) -> None:
        """Writes it."""
        save_recording(self.path, tensors, self.origin)


def save_recording(path: Path, tensors: Iterable[tuple[str, Tensor]], origin: Origin | None = None) -> None:
    """Writes tensors, and where known the cycle of each element, as one .npz; whole or not at all."""
    arrays: dict[str, Any] = {}
    for name, tensor in tensors:
        arrays[name] = _narrow(tensor.values)
        if tensor.cycles is not None:
            arrays[name + CYCLE_SUFFIX] = _narrow(tensor.cycles)
    if origin is not None:
        arrays[ORIGIN] = np.frombuffer(json.dumps(asdict(origin)).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        np.savez_compressed(stream, **arrays)


def load_recording(path: Path, only: str | None = None, shapes: Mapping[str, Shape] | None = None) -> dict[str, Tensor]:
    """The tensors of a recording by name, or the one called `only`. Raises RecordingError, and FileNotFoundError.

    Integers of any width are taken, as hardware delivers them. Where `shapes` are known, tensors of other names are
    left out, and of one of another shape nothing but its shape is right: what a file announces beyond is not read.
    """
    with _opened(path) as archive:
        names = [name for name in archive.announced if name != ORIGIN and not name.endswith(CYCLE_SUFFIX)]
        wanted = [name for name in names if only in (None, name) and (shapes is None or name in shapes)]
        for name in wanted:
            _check(path, name, archive.announced)
        read = [name for name in wanted if shapes is None or shapes[name] == archive.announced[name].shape]
        size = sum(archive.announced[name].size for name in read)
        if shapes is None and size > LARGEST:
            raise RecordingError(f"{path}: its tensors must have at most {LARGEST} elements, not {size}")
        return {name: _tensor(path, archive, name, name in read) for name in wanted}


def read_origin(path: Path) -> Origin | None:
    """Where a recording comes from; None where it does not say, as one from an FPGA. Raises as `load_recording`."""
    with _opened(path) as archive:
        found = archive.announced.get(ORIGIN)
        if found is None:
            return None
        if found.dtype != np.uint8 or len(found.shape) != 1 or found.size > LARGEST_ORIGIN:
            raise RecordingError(f"{path}: its origin must be JSON of at most {LARGEST_ORIGIN} bytes")
        text = archive.read(ORIGIN).tobytes()
    word = matching("a word of up to 100 letters, digits, dots, - and +", r"[\w.+-]{1,100}")
    try:
        content = json.loads(text)
        check_fields(content, {field.name: word for field in fields(Origin)}, "its origin")
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path}: {error}") from error
    return Origin(**{field.name: content[field.name] for field in fields(Origin)})


@contextmanager
def _opened(path: Path) -> Iterator[ArrayArchive]:
    """The archive of a recording. Raises RecordingError for what goes wrong with it, and FileNotFoundError."""
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    try:
        with array_archive(path) as archive:
            yield archive
    except (ArchiveError, OSError) as error:
        raise RecordingError(f"{path} must be a recording of tensors (.npz), and is not readable") from error


def _check(path: Path, name: str, announced: Mapping[str, Announced]) -> None:
    """Raise RecordingError unless a tensor is announced as one of integers, and its cycles of the same shape."""
    found, cycles = announced[name], announced.get(name + CYCLE_SUFFIX)
    for array in (found, cycles):
        if array is not None and array.dtype.kind not in "iu":
            raise RecordingError(f"{path}: {name!r} must hold integers, not {array.dtype}")
    if len(found.shape) != 3 or (cycles is not None and cycles.shape != found.shape):
        raise RecordingError(f"{path}: {name!r} must have shape (channels, height, width), as its cycles have")


def _tensor(path: Path, archive: ArrayArchive, name: str, read: bool) -> Tensor:
    if not read:
        return Tensor(np.broadcast_to(np.int64(0), archive.announced[name].shape))
    cycles = name + CYCLE_SUFFIX
    own = _integers(path, cycles, archive.read(cycles)) if cycles in archive.announced else None
    return Tensor(_integers(path, name, archive.read(name)), own)


def _integers(path: Path, name: str, array: Any) -> IntegerArray:
    """The array with 64-bit elements. Raises RecordingError where they do not fit."""
    if array.dtype.kind == "u" and array.max(initial=0) > np.iinfo(np.int64).max:
        raise RecordingError(f"{path}: {name!r} must hold integers of 64 bits, not {array.max()}")
    return np.asarray(array.astype(np.int64))


def _narrow(values: IntegerArray) -> IntegerArray:
    """The same integers in 32 bits where they fit: half the file."""
    fits = values.size == 0 or (values.min() >= -(2**31) and values.max() < 2**31)
    return values.astype(np.int32) if fits else values
