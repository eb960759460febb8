"""Named arrays of integers: their file and their digest."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.files import write_whole
from ops.reading import check_regular

Arrays = dict[str, npt.NDArray[Any]]

LARGEST_ARCHIVE = 1 << 26
"""Bytes that all arrays of a file may take together."""

HEADER = re.compile(
    rb"\x93NUMPY\x01\0..{'descr': '(?P<kind>[<|][iu][1248])', "
    rb"'fortran_order': False, 'shape': \((?P<shape>[\d, ]{,40})\), } *\n",
    re.DOTALL,
)
"""How numpy begins a file of integers in C order."""


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
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_whole(path, buffer.getvalue())


def read_arrays(path: Path) -> Arrays:
    """The arrays of a numpy archive, whose sizes are checked before memory is taken for them.

    Raises OSError, and ValueError for what is none.
    """
    _check_size(check_regular(path).stat().st_size)
    if not zipfile.is_zipfile(path):
        raise ValueError("is not an archive of arrays, or it is truncated")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(sum(member.file_size for member in archive.infolist()))
            return {member.filename.removesuffix(".npy"): _array_of(archive, member) for member in archive.infolist()}
    except _DAMAGE as error:
        raise ValueError("is not an archive of arrays, or it is damaged") from error


_DAMAGE = (EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error)


def _check_size(size: int) -> None:
    if size > LARGEST_ARCHIVE:
        raise ValueError(f"must be an archive of at most {LARGEST_ARCHIVE} bytes, not {size}")


def _array_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    with archive.open(member) as source:
        # as much as was checked: the default would unpack all that there is
        return _array_from(member.filename, source.read(member.file_size))


def _array_from(name: str, data: bytes) -> npt.NDArray[Any]:
    """An array of a file of numpy's. Raises ValueError where its header does not say what follows."""
    header = HEADER.match(data)
    if header is None:
        raise ValueError(f"{name} must be an array of integers in C order")
    shape = tuple(int(side) for side in header["shape"].replace(b",", b" ").split())
    kind, size = np.dtype(header["kind"].decode()), len(data) - header.end()
    if prod(shape) * kind.itemsize != size:
        raise ValueError(f"{name} must have {size} bytes as its shape, not {kind} {shape}")
    return np.frombuffer(data, kind, offset=header.end()).reshape(shape)
