"""Photographs from and to files, as 8-bit RGB arrays, and their padding to what the strides need."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from host.colours import named_to_srgb, to_srgb
from host.deep_samples import is_deep, is_roundable, round_samples
from host.frames import frames_of
from host.limits import size_fault
from host.metadata import Metadata, metadata_of
from host.named_colours import named_colours
from host.orientation import stated, upright
from ops.files.reading import read_regular

Picture = npt.NDArray[np.uint8]
"""8-bit RGB samples, shape (3, height, width)."""

BUILT_IN = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
FORMATS = (*BUILT_IN, "AVIF", "HEIF")
"""File formats that are read; AVIF where Pillow has it, HEIF (HEIC) where pillow-heif is installed."""

BASE_MEDIA = b"ftyp"
"""What both of these have after four bytes."""

PREVIEWED = "MPO"
"""A JPEG of some cameras, with previews behind the photograph: it has frames, and is no animation."""

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Sample layouts of at most 8 bits that are read; see host.deep_samples for those of 16."""

BACKGROUND = (255, 255, 255, 255)
"""What shows through transparent pixels: white, as on a page."""

OPAQUE = 255

Image.MAX_IMAGE_PIXELS = None  # sizes are checked here, before memory is taken


class PictureError(ValueError):
    """A picture that cannot be used; the message is one line that names the file and says what is allowed."""


class PictureWarning(UserWarning):
    """What was done to the colours of a picture, or left out; one line that names the file."""


@dataclass(frozen=True)
class Photograph:
    """A picture (3, height, width) as it was read, the metadata in its file, and what is to be said of both."""

    picture: Picture
    metadata: Metadata
    notes: tuple[str, ...]


def read_picture(path: Path) -> Picture:
    """The photograph at `path`, upright, as an array of shape (3, height, width).

    Warns (PictureWarning) of colours that were converted and of what was left out. Raises PictureError for what cannot
    be read or is no picture of which `decode_pixels` says that it can be used.
    """
    return read_photograph(path).picture


def read_photograph(path: Path) -> Photograph:
    """The photograph at `path`, with metadata. Warns and raises as `read_picture`."""
    try:
        data = read_regular(path)
    except OSError as error:
        raise PictureError(f"{path.name}: {error.strerror}") from error
    return open_photograph(path.name, data)


def open_photograph(name: str, data: bytes) -> Photograph:
    """The photograph in the bytes of a file of this name. Warns and raises as `read_picture`."""
    samples, metadata, notes = _decode(name, data)
    for note in notes:
        warnings.warn(f"{name}: {note}", PictureWarning, stacklevel=3)
    return Photograph(np.ascontiguousarray(samples.transpose(2, 0, 1)), metadata, notes)


def decode_pixels(name: str, data: bytes) -> npt.NDArray[np.uint8]:
    """The photograph in the bytes of a file, upright, as an array of shape (height, width, 3).

    Grey becomes three equal channels, a palette its colours, transparency is laid over white, 16 bits are rounded to 8,
    colours become those of sRGB. Raises PictureError for what is empty, truncated, animated, of other depths, too
    large, or no picture.
    """
    return _decode(name, data)[0]


def _decode(name: str, data: bytes) -> tuple[npt.NDArray[np.uint8], Metadata, tuple[str, ...]]:
    """The samples, metadata, and what is to be said of them."""
    if not data:
        raise PictureError(f"{name}: the file is empty")
    with _damage_reported(name):
        opened = image = _open(name, data)
        _check(name, image, data)
        info, orientation, rounded = dict(image.info), stated(image), None
        if is_deep(image):
            image, rounded = round_samples(image, partial(_open, name, data)), "16 bits of a sample were rounded to 8"
        image, turned = upright(image, orientation)
        named = named_colours(info, data)
        image, converted = named_to_srgb(image, named) if named else to_srgb(image, info.get("icc_profile"))
        samples, flattened = _to_rgb(image)
        notes = rounded, turned, converted, flattened
        return np.asarray(samples), metadata_of(opened), tuple(note for note in notes if note)


def check_size(name: str, height: int, width: int) -> None:
    """Raise PictureError unless a picture of this size is accepted."""
    fault = size_fault(height, width)
    if fault:
        raise PictureError(f"{name}: {fault}")


@contextmanager
def _damage_reported(name: str) -> Iterator[None]:
    """Whatever a decoder raises on broken data, in one line; it may warn of it, too, and then goes on or raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PictureError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PictureError(f"{name}: the picture is truncated or damaged: {reason}") from error


@cache
def known_formats() -> tuple[str, ...]:
    """Those of FORMATS that can be read here; Pillow knows them from now on."""
    Image.init()
    with suppress(ImportError):
        import_module("pillow_heif").register_heif_opener(thumbnails=False)
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _open(name: str, data: bytes) -> Image.Image:
    known = known_formats() if data[4:8] == BASE_MEDIA else BUILT_IN
    try:
        return Image.open(io.BytesIO(data), formats=known)
    except UnidentifiedImageError as error:
        missing = sorted(set(FORMATS) - set(known_formats()))
        hint = f" ({', '.join(missing)} needs pip install 'sapm[heif]' or another Pillow)" if missing else ""
        raise PictureError(
            f"{name}: is not a picture in one of the formats {', '.join(known_formats())}{hint}"
        ) from error


def _check(name: str, image: Image.Image, data: bytes) -> None:
    check_size(name, image.height, image.width)
    frames = frames_of(image, data) if image.format != PREVIEWED else None
    if frames is not None:
        raise PictureError(f"{name}: must be a single picture, not an animation of {frames} frames")
    if not is_roundable(image) if is_deep(image) else image.mode not in MODES:
        raise PictureError(f"{name}: samples must have 8 bits, or 16 of grey or RGB, not mode {image.mode}")


def _to_rgb(image: Image.Image) -> tuple[Image.Image, str | None]:
    """A picture without transparency, and what there is to say of it."""
    if image.mode not in ("LA", "PA", "RGBA") and "transparency" not in image.info:
        return image.convert("RGB"), None
    rgba = image.convert("RGBA")
    if rgba.getchannel("A").getextrema()[0] == OPAQUE:
        return rgba.convert("RGB"), None
    white = Image.new("RGBA", rgba.size, BACKGROUND)
    return Image.alpha_composite(white, rgba).convert("RGB"), "transparent pixels were laid over white"


def check_samples(picture: Picture) -> None:
    """Raise PictureError unless these are samples of a picture: other types would be cut off or wrap."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[0] != 3:
        found = f"{picture.dtype} {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        raise PictureError(f"a picture must be uint8 of shape (3, height, width), not {found}")


def pad_to_multiple(picture: Picture, multiple: int) -> Picture:
    """`picture` with its last row and column repeated until both sides are multiples of `multiple`."""
    check_samples(picture)
    below, right = (-side % multiple for side in picture.shape[1:])
    return np.pad(picture, ((0, 0), (0, below), (0, right)), mode="edge")


def crop(picture: Picture, height: int, width: int) -> Picture:
    """The upper left `height` rows and `width` columns: the inverse of `pad_to_multiple`."""
    return picture[:, :height, :width]
