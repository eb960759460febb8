"""Photographs: decoded once into memory from a folder or a tar; what cannot be decoded is skipped and counted."""

import io
import os
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Bytes = NDArray[np.uint8]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
CHUNK = 256
"""How many encoded pictures are in memory at once beside the decoded ones."""


@dataclass
class Photographs:
    """Decoded pictures [H, W, 3], the names of those that were corrupt, and how many were too small."""

    pictures: list[Bytes] = field(default_factory=list)
    corrupt: list[str] = field(default_factory=list)
    small: int = 0

    def summary(self) -> str:
        """One line for a log."""
        size = sum(picture.nbytes for picture in self.pictures) / 1e6
        skipped = f"{len(self.corrupt)} corrupt skipped" + (f" ({', '.join(self.corrupt[:3])})" if self.corrupt else "")
        return f"{len(self.pictures)} photographs, {size:.0f} MB decoded; {skipped}; {self.small} too small skipped"


def _encoded(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                yield str(path.relative_to(source)), path.read_bytes()
        return
    with tarfile.open(source) as archive:
        for member in archive:
            stream = archive.extractfile(member) if Path(member.name).suffix.lower() in SUFFIXES else None
            if stream is not None:
                yield member.name, stream.read()


def _decoded(entry: tuple[str, bytes]) -> tuple[str, Bytes | None]:
    try:
        with Image.open(io.BytesIO(entry[1])) as image:
            return entry[0], np.asarray(image.convert("RGB"))
    # a damaged file may fail anywhere in its decoder: SyntaxError for PNG, struct.error for TIFF, ...
    except Exception:
        return entry[0], None


def read_photographs(source: Path, crop: int = 128, limit: int | None = None) -> Photographs:
    """The pictures of a folder (with its subfolders) or a tar, up to `limit`, in the order of their names.

    Raises FileNotFoundError for a missing source, ValueError for one that is neither or without usable pictures.
    """
    if not source.exists():
        raise FileNotFoundError(f"training data must be a folder or a tar of photographs, not {str(source)!r}")
    found = Photographs()
    try:
        entries = _encoded(source)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None) as pool:
            while (limit is None or len(found.pictures) < limit) and (chunk := list(islice(entries, CHUNK))):
                for name, picture in pool.map(_decoded, chunk):
                    _sort_in(found, name, picture, crop)
    except tarfile.TarError as error:
        raise ValueError(f"{str(source)!r} must be a folder or a tar of photographs ({error})") from error
    if limit is not None:
        del found.pictures[limit:]
    if not found.pictures:
        raise ValueError(
            f"{str(source)!r} must hold pictures of at least {crop}x{crop}, found none"
            f" ({len(found.corrupt)} corrupt, {found.small} too small)"
        )
    return found


def _sort_in(found: Photographs, name: str, picture: Bytes | None, crop: int) -> None:
    if picture is None:
        found.corrupt.append(name)
    elif min(picture.shape[:2]) < crop:
        found.small += 1
    else:
        found.pictures.append(picture)


def load_photographs(source: Path, crop: int = 128, limit: int | None = None) -> list[Bytes]:
    """The pictures of `read_photographs`; corrupt ones are reported on the standard error stream."""
    found = read_photographs(source, crop, limit)
    if found.corrupt:
        print(f"{source}: {found.summary()}", file=sys.stderr)
    return found.pictures


def split_photographs(pictures: list[Bytes], held_out: int = 64, seed: int = 0) -> tuple[list[Bytes], list[Bytes]]:
    """(training, held out); at most a tenth is held out."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    count = min(held_out, len(pictures) // 10)
    return [pictures[i] for i in order[count:]], [pictures[i] for i in order[:count]]


def to_batch(crops: list[Bytes]) -> Tensor:
    """Equal crops [H, W, 3] as [B, 3, H, W] in pixel / 256, channels last in memory."""
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 256
