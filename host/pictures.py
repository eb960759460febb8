"""Photographs from and to files, as 8-bit RGB arrays, and their padding to what the strides need."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ops.files import write_whole

Picture = npt.NDArray[np.uint8]
"""8-bit RGB samples, shape (3, height, width)."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
"""File formats that are read."""

PREVIEWED = "MPO"
"""A JPEG of some cameras, with previews behind the photograph: it has frames, and is no animation."""

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Sample layouts of at most 8 bits that are read."""

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

    Grey becomes three equal channels, a palette its colours, transparency is laid over white. Raises PictureError for
    what is missing, empty, truncated, animated, deeper than 8 bits, too large, or no picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path.name}: {error.strerror}") from error
    if not data:
        raise PictureError(f"{path.name}: the file is empty")
    with _damage_reported(path.name):
        image = _open(path.name, data)
        _check(path.name, image)
        image.load()
        samples = np.asarray(_to_rgb(ImageOps.exif_transpose(image)))
    return np.ascontiguousarray(samples.transpose(2, 0, 1))


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
    if image.mode not in MODES or _is_deep(image):
        raise PictureError(f"{name}: samples must have 8 bits, not 16 or more (mode {image.mode})")


def _is_deep(image: Image.Image) -> bool:
    """Whether the file has more than 8 bits a sample where the decoder would silently drop the lower ones."""
    for tile in getattr(image, "tile", []):
        text = str(tile)
        # BGR;16 is the packed 5-6-5 layout: 16 bits for a whole pixel
        if re.search(r"(?<!BGR);1[0-9]", text):
            return True
        if image.format == "PPM" and any(
            isinstance(x, int) and x > 255 for x in tile[3] if not isinstance(tile[3], str)
        ):
            return True
    return False


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, BACKGROUND), rgba).convert("RGB")
    return image.convert("RGB")


def write_picture(picture: Picture, path: Path) -> None:
    """Write `picture`, shape (3, height, width), as a PNG file, whole or not at all. Raises OSError, ValueError."""
    write_whole(path, to_png(picture))


def to_png(picture: Picture) -> bytes:
    """`picture`, shape (3, height, width), as the contents of a PNG file. Raises ValueError."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[0] != 3:
        raise ValueError(f"a picture must be uint8 of shape (3, height, width), not {picture.dtype} {picture.shape}")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0))).save(buffer, "PNG")
    return buffer.getvalue()


def pad_to_multiple(picture: Picture, multiple: int) -> Picture:
    """`picture` with its last row and column repeated until both sides are multiples of `multiple`."""
    below, right = (-side % multiple for side in picture.shape[1:])
    return np.pad(picture, ((0, 0), (0, below), (0, right)), mode="edge")


def crop(picture: Picture, height: int, width: int) -> Picture:
    """The upper left `height` rows and `width` columns: the inverse of `pad_to_multiple`."""
    return picture[:, :height, :width]
