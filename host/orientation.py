"""Pictures turned upright, as their EXIF data say."""

from __future__ import annotations

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


def upright(image: Image.Image) -> tuple[Image.Image, str | None]:
    """A picture turned as its EXIF data say, and what there is to say of them: those that are damaged are left out."""
    image.load()
    try:
        # Pillow may have stumbled over them when it opened the picture, and then keeps silent
        Image.Exif().load(image.info.get("exif") or b"")
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return image, "its EXIF data are damaged, and were left out"
    method = TURNS.get(orientation) if isinstance(orientation, int) else None
    return (image if method is None else image.transpose(method)), None
