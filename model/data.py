"""Photographs: decoded once into memory from a folder or a tar; what cannot be used is skipped and counted."""

import lzma
import sys
import tarfile
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from host.pictures import PictureError, decode_pixels, known_formats
from ops.cores import usable_cores

Bytes = NDArray[np.uint8]
HELD_OUT = 64
"""Pictures that are held out of training."""

CHUNK = 256
"""How many encoded pictures are in memory at once beside the decoded ones."""

MAX_BYTES = 2**28
"""Most bytes of one encoded picture: a sparse file or member of a tar may claim any size."""

TORN_ARCHIVE = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError)
"""What reading a damaged tar, compressed or not, raises beside OSError."""


@dataclass
class Photographs:
    """Decoded pictures [H, W, 3], the names and reasons of those that cannot be used, and how many were too small."""

    pictures: list[Bytes] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    small: int = 0

    def summary(self) -> str:
        """One line for a log."""
        size = sum(picture.nbytes for picture in self.pictures) / 1e6
        reasons = f" ({_printable('; '.join(list(self.skipped.values())[:3]))})" if self.skipped else ""
        counts = f"{len(self.skipped)} unreadable skipped{reasons}; {self.small} too small skipped"
        return f"{len(self.pictures)} photographs, {size:.0f} MB decoded; {counts}"


def _printable(text: str) -> str:
    """Names of files may hold line feeds, terminal escapes and bytes that are no text."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class _Entry(NamedTuple):
    """A file or member that is named like a picture: its bytes, or why there are none."""

    name: str
    data: bytes = b""
    reason: str = ""


def _suffixes() -> frozenset[str]:
    """Of the formats that the codec reads."""
    known = known_formats()
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in known)


def _encoded(source: Path) -> Iterator[_Entry]:
    suffixes = _suffixes()
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in suffixes:
                yield _file(path, str(path.relative_to(source)))
        return
    if not source.is_file():
        raise ValueError(f"{str(source)!r} must be a folder or a tar of photographs, and is no regular file")
    with tarfile.open(source) as archive:
        for member in archive:
            if PurePath(member.name).suffix.lower() in suffixes:
                yield _member(archive, member)


def _file(path: Path, name: str) -> _Entry:
    try:
        if not path.is_file():  # waiting for a pipe would last for ever
            return _Entry(name, reason="is no regular file" if path.exists() else "is a dangling link")
        if path.stat().st_size > MAX_BYTES:
            return _Entry(name, reason=f"must have at most {MAX_BYTES} bytes, not {path.stat().st_size}")
        return _Entry(name, path.read_bytes())
    except OSError as error:
        return _Entry(name, reason=str(error.strerror))


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Entry:
    if not (member.isfile() or member.issym() or member.islnk()):
        return _Entry(member.name, reason="is no regular file")
    if member.size > MAX_BYTES:
        return _Entry(member.name, reason=f"must have at most {MAX_BYTES} bytes, not {member.size}")
    if not member.isfile():  # what it links to is in the archive itself, or nowhere
        return _Entry(member.name, reason="is a link")
    stream = archive.extractfile(member)
    assert stream is not None
    return _Entry(member.name, stream.read())


def _decoded(entry: _Entry) -> Bytes | PictureError:
    if entry.reason:
        return PictureError(f"{entry.name}: {entry.reason}")
    try:
        return decode_pixels(entry.name, entry.data)
    except PictureError as error:
        return error


def read_photographs(source: Path, crop: int = 128, limit: int | None = None) -> Photographs:
    """The pictures of a folder (with its subfolders) or a tar, up to `limit`, in the order of their names, as the codec
    reads them. Links and special files in a tar count as unreadable.

    Raises FileNotFoundError for a missing source, ValueError for one that is neither or without usable pictures.
    """
    if not source.exists():
        raise FileNotFoundError(f"training data must be a folder or a tar of photographs, not {str(source)!r}")
    found = Photographs()
    try:
        entries = _encoded(source)
        # threads that each hide warnings would restore those of one another
        with warnings.catch_warnings(), ThreadPoolExecutor(usable_cores()) as pool:
            while (limit is None or len(found.pictures) < limit) and (chunk := list(islice(entries, CHUNK))):
                for entry, picture in zip(chunk, pool.map(_decoded, chunk), strict=True):
                    _sort_in(found, entry.name, picture, crop)
    except TORN_ARCHIVE as error:
        raise ValueError(f"{str(source)!r} must be a folder or a tar of photographs ({error})") from error
    if limit is not None:
        del found.pictures[limit:]
    if not found.pictures:
        raise ValueError(
            f"{str(source)!r} must hold pictures of at least {crop}x{crop}, found none"
            f" ({len(found.skipped)} unreadable, {found.small} too small)"
        )
    return found


def _sort_in(found: Photographs, name: str, picture: Bytes | PictureError, crop: int) -> None:
    if isinstance(picture, PictureError):
        found.skipped[name] = str(picture)
    elif min(picture.shape[:2]) < crop:
        found.small += 1
    else:
        found.pictures.append(picture)


def load_photographs(source: Path, crop: int = 128, limit: int | None = None) -> list[Bytes]:
    """The pictures of `read_photographs`; what it skipped is reported on the standard error stream."""
    found = read_photographs(source, crop, limit)
    if found.skipped:
        print(f"{source}: {found.summary()}", file=sys.stderr)
    return found.pictures


def split_photographs(pictures: list[Bytes]) -> tuple[list[Bytes], list[Bytes]]:
    """(training, held out): the same of the same pictures, HELD_OUT of them, or a tenth where that is fewer."""
    order = np.random.default_rng(0).permutation(len(pictures))
    count = min(HELD_OUT, len(pictures) // 10)
    return [pictures[i] for i in order[count:]], [pictures[i] for i in order[:count]]


def to_batch(crops: list[Bytes]) -> Tensor:
    """Equal crops [H, W, 3] as [B, 3, H, W] in pixel / 256, channels last in memory."""
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 256
