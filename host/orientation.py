"""Pictures turned upright, as their EXIF data say."""

from __future__ import annotations

from contextlib import suppress

from PIL import ExifTags, Image

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF."""


ORIGINAL = "original_orientation"
"""Where pillow-heif tells the orientation of a picture that it has turned itself."""


def stated(image: Image.Image) -> int:
    """The orientation that a picture states before it is loaded: decoders of some formats turn it and forget it.

    One that a PNG states behind its pixels is left to `upright`: to look for it would load them.
    """
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    with suppress(Exception):  # damage is said by `upright`
        found = image.info.get(ORIGINAL) or image.getexif().get(ExifTags.Base.Orientation)
        return found if isinstance(found, int) else 1
    return 1


def upright(image: Image.Image, orientation: int) -> tuple[Image.Image, str | None]:
    """A picture turned as its EXIF data say, and what there is to say of them: those that are damaged are left out.

    `orientation` is the one that it stated.
    """
    image.load()
    try:
        # Pillow may have stumbled over them when it opened the picture, and then keeps silent
        Image.Exif().load(image.info.get("exif") or b"")
        left = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return image, "its EXIF data are damaged, and were left out"
    method = TURNS.get(left) if isinstance(left, int) else None
    orientation = orientation if method is None else left
    note = f"was turned upright (orientation {orientation})" if orientation in TURNS else None
    return (image if method is None else image.transpose(method)), note
