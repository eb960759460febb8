"""Synthetic figures: bars, lines, points and pies between axes, with and without smooth edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from model.synthetic.areas import Pixels
from model.synthetic.colours import Colour, corner, ink_on, page, saturated
from model.synthetic.screens import Box
from model.synthetic.text import label


def figure(side: int, generator: np.random.Generator) -> Pixels:
    """A figure with axes, a title and labels; half of them drawn twice as large and reduced, so that edges are soft."""
    ground = page(generator)
    scale = 2 if generator.random() < 0.5 else 1
    image = Image.new("RGB", (side * scale, side * scale), ground)
    margin = [int(length * scale) for length in generator.integers(4, max(5, side // 6), 4).tolist()]
    box = (margin[0], margin[1], side * scale - margin[2], side * scale - margin[3])
    kind = corner if generator.random() < 0.4 else saturated
    palette = [kind(generator) for _ in range(6)]
    draw = ImageDraw.Draw(image)
    if generator.random() < 0.5:
        _grid(draw, box, scale, generator)
    (_bars, _lines, _points, _pie)[int(generator.integers(4))](draw, box, scale, palette, generator)
    ink = ink_on(ground, generator)
    draw.line((box[0], box[1], box[0], box[3]), fill=ink, width=scale)
    draw.line((box[0], box[3], box[2], box[3]), fill=ink, width=scale)
    image = image.reduce(scale) if scale > 1 else image
    for _ in range(int(generator.integers(1, 5))):  # after the reduction: small text is not drawn large
        place = generator.integers(0, side - 8, 2).tolist()
        label(image, (place[0], place[1]), int(generator.integers(10, side)), ink, generator)
    return np.asarray(image)


def _grid(draw: ImageDraw.ImageDraw, box: Box, scale: int, generator: np.random.Generator) -> None:
    level = int(generator.integers(96, 224))
    pitch = int(generator.integers(6, 32)) * scale
    for y in range(box[3], box[1], -pitch):
        draw.line((box[0], y, box[2], y), fill=(level, level, level), width=scale)
    if generator.random() < 0.5:
        for x in range(box[0], box[2], pitch):
            draw.line((x, box[1], x, box[3]), fill=(level, level, level), width=scale)


def _bars(
    draw: ImageDraw.ImageDraw, box: Box, scale: int, palette: list[Colour], generator: np.random.Generator
) -> None:
    pitch = int(generator.integers(3, 32)) * scale
    width = max(1, int(pitch * generator.uniform(0.4, 1.0)))
    is_coloured = generator.random() < 0.5
    for index, x in enumerate(range(box[0] + scale, box[2] - width, pitch)):
        top = int(box[3] - (box[3] - box[1]) * generator.random())
        fill = palette[index % len(palette)] if is_coloured else palette[0]
        draw.rectangle((x, top, x + width - 1, box[3]), fill=fill)


def _lines(
    draw: ImageDraw.ImageDraw, box: Box, scale: int, palette: list[Colour], generator: np.random.Generator
) -> None:
    count = int(generator.integers(3, 40))
    across = np.linspace(box[0], box[2], count).tolist()
    for fill in palette[: int(generator.integers(1, 5))]:
        walk = np.cumsum(generator.normal(size=count))
        walk = (walk - walk.min()) / max(float(np.ptp(walk)), 1e-6)
        heights = (box[3] - walk * (box[3] - box[1])).tolist()
        width = int(generator.integers(1, 4)) * scale
        for (x0, y0), (x1, y1) in pairwise(zip(across, heights, strict=True)):
            draw.line((x0, y0, x1, y1), fill=fill, width=width)


def _points(
    draw: ImageDraw.ImageDraw, box: Box, scale: int, palette: list[Colour], generator: np.random.Generator
) -> None:
    radius = int(generator.integers(0, 5)) * scale
    corner_of, extent = np.array(box[:2]), np.array(box[2:]) - box[:2]
    places = corner_of + generator.random((int(generator.integers(10, 80)), 2)) * extent
    for index, (x, y) in enumerate(places.tolist()):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=palette[index % 3])


def _pie(
    draw: ImageDraw.ImageDraw, box: Box, scale: int, palette: list[Colour], generator: np.random.Generator
) -> None:
    angles = np.sort(generator.uniform(0, 360, len(palette))).tolist()
    for index, (start, end) in enumerate(pairwise([*angles, angles[0] + 360])):
        draw.pieslice(box, start, end, fill=palette[index])
