"""How many pictures a file holds, found out without counting them all: a small file can have a million."""

from __future__ import annotations

from PIL import Image

MOST_COUNTED = 100
"""Frames beyond which they are not counted."""

GIF_COUNTED = 1 << 16
"""Bytes of a GIF up to which its frames are counted: each is parsed, and has at least a dozen bytes."""


def frames_of(image: Image.Image, data: bytes) -> str | None:
    """How many frames, where they are more than one: a number, or that it is not known. `image` was opened from `data`.

    Afterwards `image` shows its first frame. Raises what Pillow raises on damage.
    """
    if image.format == "TIFF":
        return _pages(image)
    if image.format == "GIF" and len(data) > GIF_COUNTED:
        return "several" if _has_second(image) else None
    count = getattr(image, "n_frames", 1)  # of the others it stands in the header
    return str(count) if count != 1 else None


def _pages(image: Image.Image) -> str | None:
    count = 1
    while count <= MOST_COUNTED and _has(image, count):
        count += 1
    image.seek(0)
    if count == 1:
        return None
    return str(count) if count <= MOST_COUNTED else f"more than {MOST_COUNTED}"


def _has_second(image: Image.Image) -> bool:
    found = _has(image, 1)
    image.seek(0)
    return found


def _has(image: Image.Image, frame: int) -> bool:
    try:
        image.seek(frame)
    except EOFError:
        return False
    return True
