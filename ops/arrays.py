"""Archives of numpy arrays (.npz) from elsewhere: what each announces is known before memory is taken for it."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ops.reading import check_regular

HEADER_BYTES = 4096
"""Of a member, in which the header of its array must end."""


class ArchiveError(ValueError):
    """No archive of arrays; the message is a line that says why, without the file's name."""


@dataclass(frozen=True)
class Announced:
    """What a member says that it holds, and whether its data have as many bytes."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran_order: bool

    @property
    def size(self) -> int:
        """Elements."""
        return prod(self.shape)


class ArrayArchive:
    """An open archive: `announced` are its arrays by name, of which `read` reads one."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        self.announced = {name: self._announced(name) for name in self._members}

    def read(self, name: str) -> npt.NDArray[Any]:
        """An array that there is. Raises ArchiveError where it is damaged."""
        with _damage_named(), self._archive.open(self._members[name]) as stream:
            _header(stream)
            announced = self.announced[name]
            size = announced.size * announced.dtype.itemsize
            data = bytearray()
            while part := stream.read(min(1 << 20, size + 1 - len(data))):
                data += part
            if len(data) != size:
                raise ArchiveError(f"{name!r} must have {size} bytes as its shape, not {len(data)}")
        values = np.frombuffer(data, announced.dtype)
        return values.reshape(announced.shape, order="F" if announced.fortran_order else "C")

    def _announced(self, name: str) -> Announced:
        member = self._members[name]
        with self._archive.open(member) as stream:
            head = io.BytesIO(stream.read(HEADER_BYTES))
        shape, fortran_order, dtype = _header(head)
        if dtype.hasobject or dtype.shape or not dtype.itemsize:
            raise ArchiveError(f"{name!r} must hold elements without pointers or parts, not {dtype}")
        size = prod(shape) * dtype.itemsize
        if head.tell() + size != member.file_size:
            raise ArchiveError(f"{name!r} must have {size} bytes as its shape, not {member.file_size - head.tell()}")
        return Announced(dtype, shape, fortran_order)


@contextmanager
def array_archive(path: Path) -> Iterator[ArrayArchive]:
    """The archive at `path`. Raises ArchiveError for what is none, or is damaged, and OSError."""
    check_regular(path)
    with _damage_named():
        opened = zipfile.ZipFile(path)
    with opened:
        with _damage_named():
            archive = ArrayArchive(opened)
        yield archive


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of the array that begins at the position of a stream; it then stands at the data."""
    source: BinaryIO = stream
    version = np.lib.format.read_magic(source)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(source, max_header_size=HEADER_BYTES)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(source, max_header_size=HEADER_BYTES)
    raise ArchiveError(f"arrays must be of version 1.0 or 2.0 of numpy's format, not {version}")


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    except _DAMAGE as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ArchiveError(f"is not an archive of arrays, or it is damaged: {line[:80]}") from error


_DAMAGE = (
    EOFError, KeyError, IndexError, NotImplementedError, OverflowError, RuntimeError, SyntaxError, TypeError,
    ValueError, zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError,
)  # fmt: skip
"""What zipfile and numpy raise on broken files."""
