"""Training photographs: decoded once into memory, then random 128x128 crops of them."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Bytes = NDArray[np.uint8]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


def _encoded(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                yield path.read_bytes()
        return
    with tarfile.open(source) as archive:
        for member in archive:
            stream = archive.extractfile(member) if Path(member.name).suffix.lower() in SUFFIXES else None
            if stream is not None:
                yield stream.read()


def load_photographs(source: Path, crop: int = 128, limit: int | None = None) -> list[Bytes]:
    """All pictures of a folder or a tar as [H, W, 3]; those with a side below `crop` are left out.

    Raises FileNotFoundError for a missing source, ValueError where no picture is found in it.
    """
    if not source.exists():
        raise FileNotFoundError(f"training data must be a folder or a tar of photographs, not {str(source)!r}")
    pictures: list[Bytes] = []
    for data in _encoded(source):
        picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        if min(picture.shape[:2]) >= crop:
            pictures.append(picture)
        if limit is not None and len(pictures) >= limit:
            break
    if not pictures:
        raise ValueError(f"{str(source)!r} must hold pictures of at least {crop}x{crop}, found none")
    return pictures


def split_photographs(pictures: list[Bytes], held_out: int = 64, seed: int = 0) -> tuple[list[Bytes], list[Bytes]]:
    """(training, held out); at most a tenth is held out."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    count = min(held_out, len(pictures) // 10)
    return [pictures[i] for i in order[count:]], [pictures[i] for i in order[:count]]


def random_crop(picture: Bytes, size: int, generator: np.random.Generator) -> Bytes:
    """A crop [size, size, 3], at half resolution every third time, flipped and turned at random."""
    halved = generator.random() < 1 / 3 and min(picture.shape[:2]) >= 2 * size
    side = 2 * size if halved else size
    top = int(generator.integers(picture.shape[0] - side + 1))
    left = int(generator.integers(picture.shape[1] - side + 1))
    crop = picture[top : top + side, left : left + side]
    if halved:
        pairs = crop[0::2].astype(np.uint16) + crop[1::2]
        crop = ((pairs[:, 0::2] + pairs[:, 1::2] + 2) >> 2).astype(np.uint8)
    if generator.random() < 0.5:
        crop = crop[:, ::-1]
    turned: Bytes = np.rot90(crop, int(generator.integers(4)))
    return turned


def to_batch(crops: list[Bytes]) -> Tensor:
    """Equal crops [H, W, 3] as [B, 3, H, W] in pixel / 256, channels last in memory."""
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 256


def batches(pictures: list[Bytes], batch: int, crop: int, seed: int) -> Iterator[Tensor]:
    """Endless random batches [batch, 3, crop, crop]; every pass visits every picture once."""
    generator = np.random.default_rng(seed)
    waiting: list[int] = []
    while True:
        while len(waiting) < batch:
            waiting.extend(int(i) for i in generator.permutation(len(pictures)))
        chosen, waiting = waiting[:batch], waiting[batch:]
        yield to_batch([random_crop(pictures[i], crop, generator) for i in chosen])
