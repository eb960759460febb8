"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`: nobody ever sees half a file. Raises OSError."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A stream to a neighbour of `path` that takes its place at the end of the block; on any error `path` stays."""
    handle, neighbour = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(neighbour, 0o666 & ~umask)  # mkstemp makes files that only their owner may read
        os.replace(neighbour, path)
    except BaseException:
        Path(neighbour).unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(folder: Path, *markers: str) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `folder` when the block ends well and vanishes when it does not.

    An older folder with one of the files `markers` is replaced. Raises ValueError where anything else is in the way.
    """
    is_older = any((folder / marker).is_file() for marker in markers)
    if folder.exists() and not is_older and (not folder.is_dir() or any(folder.iterdir())):
        earlier = " or ".join(markers)
        raise ValueError(f"{folder} must be new, empty or hold an earlier {earlier}: nothing else is overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield part
        part.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
