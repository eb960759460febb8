"""Pictures of 16 bits a sample, rounded to 8: Pillow itself clips grey ones and drops the lower half of the others."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageFile

Samples = npt.NDArray[np.uint8]

GREY_MODES = ("I;16", "I;16L", "I;16B", "I;16N")
GREY_RAW_MODE = re.compile(r"I;16[NLBR]?")
COLOUR_RAW_MODE = re.compile(r"(RGBA?);16([BLN])")
GREY_ALPHA_RAW_MODE = "LA;16B"
BITS_PER_SAMPLE, PHOTOMETRIC, PLANAR = 258, 262, 284
"""Tags of TIFF."""


def is_deep(image: Image.Image) -> bool:
    """Whether a picture that was opened, and not loaded yet, has more than 8 bits a sample."""
    if image.format == "PPM":  # colours are scaled to 8 bits as they should be, grey is widened
        return image.mode == "I"
    if image.format == "TIFF":
        return max(_tag(image, BITS_PER_SAMPLE, (1,))) > 8
    # BGR;15 and BGR;16 pack a whole pixel into 16 bits
    return image.mode in GREY_MODES or any(re.search(r"(?<!BGR);1[0-9]", mode) for mode in _raw_modes(image))


def is_roundable(image: Image.Image) -> bool:
    """Whether `round_samples` can read a deep picture: 16 bits of grey or RGB, with or without alpha."""
    if image.format == "PPM" or _raw_mode(image) == GREY_ALPHA_RAW_MODE:
        return True
    if image.mode in GREY_MODES:
        return GREY_RAW_MODE.fullmatch(_raw_mode(image)) is not None
    colour = COLOUR_RAW_MODE.fullmatch(_raw_mode(image))
    return colour is not None and colour[1] == image.mode and _tag(image, PLANAR, 1) == 1


def round_samples(image: Image.Image, reopen: Callable[[], Image.Image]) -> Image.Image:
    """A deep picture, loaded, with 8 bits a sample, each the nearest to its value / 257; transparency is kept, a
    transparent colour becomes an alpha channel. `reopen` opens the same picture once more."""
    assert is_deep(image) and is_roundable(image)
    image.load()  # of a TIFF this turns it upright, here and below
    samples = _samples(image, reopen)
    rounded = Image.fromarray(np.ascontiguousarray(samples if samples.shape[-1] > 1 else samples[..., 0]))
    rounded.info = {name: value for name, value in image.info.items() if name != "transparency"}
    with suppress(Exception):  # the picture counts, whatever is wrong with its EXIF
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        if orientation is not None:
            rounded.getexif()[ExifTags.Base.Orientation] = orientation
    return rounded


def _samples(image: Image.Image, reopen: Callable[[], Image.Image]) -> Samples:
    """Rounded samples [height, width, channels], grey or RGB with or without alpha."""
    original = reopen()
    if _raw_mode(original) == GREY_ALPHA_RAW_MODE:
        raw = np.asarray(_unpacked(original, "RGBA"))  # the four bytes of grey and alpha as they are
        return _nearest(raw[..., 0::2], raw[..., 1::2])
    colour = COLOUR_RAW_MODE.fullmatch(_raw_mode(original))
    if colour is None:
        return _grey(image)
    # Pillow keeps the upper bytes; those of the other byte order are the lower ones
    is_big = colour[2] == "B" or (colour[2] == "N" and sys.byteorder == "big")
    high, low = np.asarray(image), np.asarray(_unpacked(original, f"{colour[1]};16{'L' if is_big else 'B'}"))
    values = high.astype(np.uint16) << 8 | low
    return _without_key(_nearest(high, low), values, image.info.get("transparency"))


def _grey(image: Image.Image) -> Samples:
    values = np.asarray(image).astype(np.uint16)[..., None]
    if image.format == "TIFF" and _tag(image, PHOTOMETRIC, 1) == 0:  # white is zero
        values = 65535 - values
    high, low = (values >> 8).astype(np.uint8), (values & 255).astype(np.uint8)
    return _without_key(_nearest(high, low), values, image.info.get("transparency"))


def _without_key(rounded: Samples, values: npt.NDArray[np.uint16], key: object) -> Samples:
    """With an alpha channel where the file names a colour of 16 bits that is transparent."""
    if key is None:
        return rounded
    opaque = (values != np.array(key, dtype=np.uint16)).any(-1, keepdims=True)
    return np.concatenate([rounded, opaque * np.uint8(255)], -1)


def _nearest(high: Samples, low: Samples) -> Samples:
    """(256 high + low) / 257, rounded: high, or one more or less where the lower byte is far from it."""
    difference = low.astype(np.int16) - high
    return (high + (difference > 128) - (difference < -128)).astype(np.uint8)


def _tag(image: Image.Image, number: int, default: Any) -> Any:
    tags = getattr(image, "tag_v2", {})
    return tags.get(number, default)


def _raw_modes(image: Image.Image) -> list[str]:
    """How the decoder will unpack each tile."""
    tiles = getattr(image, "tile", [])
    return [str(args[0] if isinstance(args, tuple) else args) for args in (tile[3] for tile in tiles)]


def _raw_mode(image: Image.Image) -> str:
    """The one of all tiles."""
    modes = set(_raw_modes(image))
    return modes.pop() if len(modes) == 1 else ""


def _unpacked(image: Image.Image, raw_mode: str) -> Image.Image:
    """The picture, loaded, its bytes taken as those of another layout."""
    assert isinstance(image, ImageFile.ImageFile)
    image.tile = [
        tile._replace(args=(raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode)
        for tile in image.tile
    ]
    image.load()
    return image
