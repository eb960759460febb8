"""Colours of synthetic pictures: corners of the RGB cube, greys, saturated and any; pairs that can be told apart."""

from __future__ import annotations

import colorsys

import numpy as np

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

CORNERS: tuple[Colour, ...] = tuple((255 * (i >> 2 & 1), 255 * (i >> 1 & 1), 255 * (i & 1)) for i in range(8))
"""Black, blue, green, cyan, red, magenta, yellow, white."""

SMALLEST_CONTRAST = 60
"""Levels of luminance between ink and ground."""


def corner(generator: np.random.Generator) -> Colour:
    """One of the eight pure colours."""
    return CORNERS[int(generator.integers(8))]


def grey(generator: np.random.Generator) -> Colour:
    """Any grey."""
    level = int(generator.integers(256))
    return level, level, level


def saturated(generator: np.random.Generator) -> Colour:
    """A colour of a user interface: any hue, saturation 0.6 to 1, value 0.4 to 1."""
    hue, saturation, value = generator.random(3).tolist()
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.6 + 0.4 * saturation, 0.4 + 0.6 * value)
    return round(255 * red), round(255 * green), round(255 * blue)


def anything(generator: np.random.Generator) -> Colour:
    """Any colour of the cube."""
    red, green, blue = generator.integers(0, 256, 3).tolist()
    return red, green, blue


def colour(generator: np.random.Generator) -> Colour:
    """A colour of any of these kinds, a third of them pure."""
    draw = generator.random()
    if draw < 0.35:
        return corner(generator)
    if draw < 0.5:
        return grey(generator)
    return saturated(generator) if draw < 0.8 else anything(generator)


def luminance(of: Colour) -> float:
    """Rec. 601 luma, 0 to 255."""
    return 0.299 * of[0] + 0.587 * of[1] + 0.114 * of[2]


def ink_on(ground: Colour, generator: np.random.Generator) -> Colour:
    """A colour that can be read on the ground: black, white, a grey or a colour that differs enough."""
    is_light = luminance(ground) > 127
    if generator.random() < 0.5:
        level = int(generator.integers(0, 64)) if generator.random() < 0.5 else 0
        level = level if is_light else 255 - level
        return level, level, level
    for _ in range(4):
        ink = colour(generator)
        if abs(luminance(ink) - luminance(ground)) >= SMALLEST_CONTRAST:
            return ink
    return (0, 0, 0) if is_light else (255, 255, 255)


def page(generator: np.random.Generator) -> Colour:
    """The ground of a page or a window: white or nearly, black or nearly, sometimes a colour."""
    draw = generator.random()
    if draw < 0.2:
        return colour(generator)
    tint = generator.integers(0, 12, 3) if generator.random() < 0.4 else np.zeros(3, dtype=np.int64)
    depth = int(generator.integers(0, 48)) if draw > 0.6 else 0
    level = np.clip(depth + tint, 0, 255)
    red, green, blue = (255 - level if generator.random() < 0.6 else level).tolist()
    return red, green, blue


def between(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies so far on the way from the first (0) to the second (1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
