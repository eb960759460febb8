"""Whole files as bytes, regular ones only and up to a size: a pipe would wait for ever, a device never end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO

CHUNK = 1 << 20

LARGEST_FILE = 1 << 31
"""Bytes of a file that is read whole, unless a reader says less."""


def read_regular(path: Path, most: int = LARGEST_FILE) -> bytes:
    """The contents of the regular file `path`. Raises OSError for what is none or has more than `most` bytes."""
    # opening a pipe that nobody writes to would wait
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(path, os.fstat(handle), most)
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = _up_to(file, most + 1)
    finally:
        os.close(handle)
    if len(data) > most:  # it has grown, or its size is not known before
        raise _too_large(path, most, f"{most + 1} or more")
    return data


def read_stream(file: IO[bytes], name: str, most: int = LARGEST_FILE) -> bytes:
    """What a stream has until its end. Raises OSError for more than `most` bytes."""
    data = _up_to(file, most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"must have at most {most} bytes", name)
    return data


def _up_to(file: IO[bytes], most: int) -> bytes:
    """So many bytes at most; memory is taken as they come."""
    parts, left = [], most
    while left and (part := file.read(min(left, CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def check_regular(path: Path, most: int = LARGEST_FILE) -> Path:
    """`path`, for readers that open it themselves. Raises OSError where it is no regular file or has more bytes."""
    _check(path, path.stat(), most)
    return path


def _check(path: Path, status: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "must be a regular file", str(path))
    if status.st_size > most:
        raise _too_large(path, most, str(status.st_size))


def _too_large(path: Path, most: int, size: str) -> OSError:
    return OSError(errno.EFBIG, f"must have at most {most} bytes, not {size}", str(path))
