"""Colour profiles of pictures: their colours as sRGB, which is what the codec and every screen take 8 bits for."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from host.named_colours import NamedColours

SPACES = {"RGB ": ("RGB",), "GRAY": ("L",), "CMYK": ("CMYK",)}
"""Modes of Pillow that a profile of a colour space fits."""

UNSEEN = 2
"""Levels by which colours may differ from what they are without a profile, and count as sRGB."""


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """A picture with its profile applied, in mode RGB or RGBA where it was, and what there is to say of it.

    A profile that means sRGB leaves the picture as it is. One that is damaged or of another kind of picture is said
    and left out.
    """
    if not profile:
        return image, None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space, name = source.profile.xcolor_space, _name(source)
        base, alpha = _separated(image)
        if base.mode not in SPACES.get(space, ()):
            return image, f"its colour profile ({name}) is of another kind than its samples, and was left out"
        transform = ImageCms.buildTransform(source, _srgb(), base.mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
        if _means_srgb(transform, base.mode):
            return image, None
        converted = ImageCms.applyTransform(base, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return image, "its colour profile is damaged, and was left out"
    assert converted is not None
    if alpha is not None:
        converted.putalpha(alpha)
    return converted, f"colours were converted from {name} to sRGB"


def named_to_srgb(image: Image.Image, named: NamedColours) -> tuple[Image.Image, str | None]:
    """A picture whose colours are named by numbers, as `to_srgb` gives it. What is not known is said, and left."""
    if named.profile is None:
        return image, f"its colours ({named.words}) were taken for sRGB"
    base, alpha = _separated(image)
    coloured = base.convert("RGB")
    if alpha is not None:
        coloured.putalpha(alpha)
    converted, said = to_srgb(coloured, named.profile)
    return (converted, "; ".join(filter(None, (said, named.loss)))) if said else (image, None)


def _separated(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Samples of a mode that a profile may have, and alpha."""
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        grey = image.mode in ("LA", "L", "1")
        whole = image.convert("LA" if grey else "RGBA")
        return whole.convert("L" if grey else "RGB"), whole.getchannel("A")
    if image.mode in ("L", "1"):
        return image.convert("L"), None
    return (image if image.mode == "CMYK" else image.convert("RGB")), None


def _means_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a profile changes no colour so that anybody could see it."""
    if mode == "CMYK":
        return False
    levels = np.linspace(0, 255, 18).round().astype(np.uint8)
    if mode == "L":
        samples = Image.fromarray(levels[None])
    else:
        cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(18, -1, 3)
        samples = Image.fromarray(np.ascontiguousarray(cube))
    changed = ImageCms.applyTransform(samples, transform)
    before, after = (np.asarray(picture, np.int16) for picture in (samples.convert("RGB"), changed))
    return int(np.abs(before - after).max()) <= UNSEEN


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    """What a profile calls itself, in one short line."""
    said = " ".join(str(profile.profile.profile_description or "").split())
    return "".join(letter for letter in said if letter.isprintable())[:60] or "its profile"
