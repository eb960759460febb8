"""Photographs from and to files, as 8-bit RGB arrays, and their padding to what the strides need."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from host.deep_samples import is_deep, is_roundable, round_samples
from ops.files import write_whole

Picture = npt.NDArray[np.uint8]
"""8-bit RGB samples, shape (3, height, width)."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
"""File formats that are read."""

PREVIEWED = "MPO"
"""A JPEG of some cameras, with previews behind the photograph: it has frames, and is no animation."""

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Sample layouts of at most 8 bits that are read; see host.deep_samples for those of 16."""

BACKGROUND = (255, 255, 255, 255)
"""What shows through transparent pixels: white, as on a page."""

MAX_SIDE = 65535
"""Most rows and most columns: the compressed file has 16 bits for each."""

MAX_PIXELS = 2**27
"""Most pixels of one picture, 134 million: memory is not taken for what claims to be larger."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class PictureError(ValueError):
    """A picture that cannot be used; the message is one line that names the file and says what is allowed."""


def read_picture(path: Path) -> Picture:
    """The photograph at `path`, upright, as an array of shape (3, height, width).

    Raises PictureError for what cannot be read or is no picture of which `decode_pixels` says that it can be used.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path.name}: {error.strerror}") from error
    return np.ascontiguousarray(decode_pixels(path.name, data).transpose(2, 0, 1))


def decode_pixels(name: str, data: bytes) -> npt.NDArray[np.uint8]:
    """The photograph in the bytes of a file, upright, as an array of shape (height, width, 3).

    Grey becomes three equal channels, a palette its colours, transparency is laid over white, 16 bits are rounded to 8.
    Raises PictureError for what is empty, truncated, animated, of other depths, too large, or no picture.
    """
    if not data:
        raise PictureError(f"{name}: the file is empty")
    with _damage_reported(name):
        image = _open(name, data)
        _check(name, image)
        if is_deep(image):
            image = round_samples(image, partial(_open, name, data))
        image.load()
        return np.asarray(_to_rgb(ImageOps.exif_transpose(image)))


def check_size(name: str, height: int, width: int) -> None:
    """Raise PictureError unless a picture of this size is accepted."""
    if not 1 <= min(height, width) <= max(height, width) <= MAX_SIDE:
        raise PictureError(f"{name}: width and height must be 1 to {MAX_SIDE} pixels, not {width}x{height}")
    if height * width > MAX_PIXELS:
        raise PictureError(f"{name}: must have at most {MAX_PIXELS} pixels, not {width}x{height} = {width * height}")


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


def _open(name: str, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: is not a picture in one of the formats {', '.join(FORMATS)}") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: must have at most {MAX_PIXELS} pixels, and has more than twice as many") from error


def _check(name: str, image: Image.Image) -> None:
    check_size(name, image.height, image.width)
    frames = getattr(image, "n_frames", 1)
    if frames != 1 and image.format != PREVIEWED:
        raise PictureError(f"{name}: must be a single picture, not an animation of {frames} frames")
    if not is_roundable(image) if is_deep(image) else image.mode not in MODES:
        raise PictureError(f"{name}: samples must have 8 bits, or 16 of grey or RGB, not mode {image.mode}")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, BACKGROUND), rgba).convert("RGB")
    return image.convert("RGB")


def write_picture(picture: Picture, path: Path) -> None:
    """Write `picture`, shape (3, height, width), as a PNG file, whole or not at all. Raises OSError, ValueError."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[0] != 3:
        raise ValueError(f"a picture must be uint8 of shape (3, height, width), not {picture.dtype} {picture.shape}")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0))).save(buffer, "PNG")
    write_whole(path, buffer.getvalue())


def pad_to_multiple(picture: Picture, multiple: int) -> Picture:
    """`picture` with its last row and column repeated until both sides are multiples of `multiple`."""
    below, right = (-side % multiple for side in picture.shape[1:])
    return np.pad(picture, ((0, 0), (0, below), (0, right)), mode="edge")


def crop(picture: Picture, height: int, width: int) -> Picture:
    """The upper left `height` rows and `width` columns: the inverse of `pad_to_multiple`."""
    return picture[:, :height, :width]
