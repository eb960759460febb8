"""Synthetic screens: windows with bars, lists, tables, buttons, icons and lines of one pixel."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from model.synthetic.areas import Pixels, flat, gradient
from model.synthetic.colours import Colour, between, colour, ink_on, page, saturated
from model.synthetic.text import label

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, the last two not included."""


def screen(side: int, generator: np.random.Generator) -> Pixels:
    """One to three windows on a desktop, which may lie partly outside."""
    ground = gradient(side, generator) if generator.random() < 0.3 else flat(side, generator)
    image = Image.fromarray(ground)
    for _ in range(int(generator.integers(1, 4))):
        width, height = generator.integers(side // 3, side + side // 3, 2).tolist()
        left, top = (int(generator.integers(-length // 3, max(1, side - length // 2))) for length in (width, height))
        _window(image, (left, top, left + width, top + height), generator)
    return np.asarray(image)


def _window(image: Image.Image, box: Box, generator: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    ground = page(generator)
    ink = ink_on(ground, generator)
    edge = colour(generator) if generator.random() < 0.3 else between(ground, ink, generator.uniform(0.1, 0.5))
    draw.rectangle((left, top, right - 1, bottom - 1), fill=ground, outline=edge)
    bar = int(generator.integers(9, 22))
    title = colour(generator) if generator.random() < 0.6 else between(ground, ink, 0.1)
    draw.rectangle((left, top, right - 1, top + bar - 1), fill=title, outline=edge)
    label(image, (left + 3, top + 2), (right - left) // 2, ink_on(title, generator), generator)
    for index in range(int(generator.integers(4))):
        icon(draw, (right - (index + 1) * (bar - 2), top + 3), bar - 6, colour(generator), generator)
    inside = (left + 2, top + bar + 1, right - 2, bottom - 2)
    content = (_list, _table, _icons, _form)[int(generator.integers(4))]
    if inside[2] - inside[0] > 16 and inside[3] - inside[1] > 16:
        content(image, inside, ground, ink, generator)


def _list(image: Image.Image, box: Box, ground: Colour, ink: Colour, generator: np.random.Generator) -> None:
    """Rows with an icon and a label, shaded alternately, one of them chosen, and a scroll bar."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    pitch = int(generator.integers(11, 26))
    shade, chosen = between(ground, ink, 0.06), int(generator.integers(8))
    has_icons = generator.random() < 0.6
    for row, y in enumerate(range(top, bottom - pitch, pitch)):
        fill = saturated(generator) if row == chosen else (shade if row % 2 else ground)
        draw.rectangle((left, y, right - 1, y + pitch - 1), fill=fill)
        if has_icons:
            icon(draw, (left + 2, y + 2), pitch - 5, colour(generator), generator)
        width = int((right - left - pitch) * generator.uniform(0.3, 0.9))
        written = ink_on(fill, generator) if row == chosen else ink
        label(image, (left + pitch, y + 1), width, written, generator)
    draw.rectangle((right - 6, top, right - 1, bottom - 1), fill=shade)
    knob = int(generator.integers(top, bottom))
    draw.rectangle((right - 5, knob, right - 2, min(bottom - 1, knob + 20)), fill=between(ground, ink, 0.4))


def _table(image: Image.Image, box: Box, ground: Colour, ink: Colour, generator: np.random.Generator) -> None:
    """Cells between lines of one pixel, some filled, some written."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    pitch, width = int(generator.integers(8, 22)), int(generator.integers(14, 60))
    for y in range(top, bottom - pitch, pitch):
        for x in range(left, right - width, width):
            draw_kind = generator.random()
            if draw_kind < 0.15:
                draw.rectangle((x, y, x + width, y + pitch), fill=colour(generator))
            elif draw_kind < 0.6:
                label(image, (x + 2, y + 1), width - 4, ink, generator)
    line = between(ground, ink, generator.uniform(0.1, 1.0))
    for y in range(top, bottom, pitch):
        draw.line((left, y, right - 1, y), fill=line)
    for x in range(left, right, width):
        draw.line((x, top, x, bottom - 1), fill=line)


def _icons(image: Image.Image, box: Box, ground: Colour, ink: Colour, generator: np.random.Generator) -> None:
    """Icons in rows, with their names below."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    size = int(generator.integers(8, 40))
    gap = size // 2 + 4
    for y in range(top + 2, bottom - size - gap, size + gap + 8):
        for x in range(left + 2, right - size, size + gap):
            icon(draw, (x, y), size, colour(generator), generator)
            label(image, (x, y + size + 2), size, ink, generator)


def _form(image: Image.Image, box: Box, ground: Colour, ink: Colour, generator: np.random.Generator) -> None:
    """Lines of text, buttons, fields and bars of progress, one below the other."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    y, width = top + 2, right - left
    while y < bottom - 18:
        x = left + int(generator.integers(2, 8))
        end = x + int(width * generator.uniform(0.2, 0.8))
        kind = int(generator.integers(4))
        if kind == 0:
            label(image, (x, y), end - x, ink, generator)
        elif kind == 1:
            fill = saturated(generator)
            draw.rounded_rectangle((x, y, end, y + 15), int(generator.integers(8)), fill=fill)
            label(image, (x + 6, y + 2), end - x - 10, ink_on(fill, generator), generator)
        elif kind == 2:
            draw.rectangle((x, y, end, y + 14), outline=between(ground, ink, 0.5))
            label(image, (x + 3, y + 1), end - x - 6, ink, generator)
        else:
            draw.rectangle((x, y + 4, end, y + 9), fill=between(ground, ink, 0.15))
            draw.rectangle((x, y + 4, x + int((end - x) * generator.random()), y + 9), fill=saturated(generator))
        y += 18 + int(generator.integers(6))


def icon(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], size: int, fill: Colour, generator: np.random.Generator
) -> None:
    """A small shape in a square of `size`: disc, ring, square, triangle, cross, arrow or a letter-like bar."""
    (x, y), size = place, max(3, size)
    box = (x, y, x + size - 1, y + size - 1)
    kind = int(generator.integers(7))
    if kind == 0:
        draw.ellipse(box, fill=fill)
    elif kind == 1:
        draw.ellipse(box, outline=fill, width=max(1, size // 6))
    elif kind == 2:
        draw.rectangle(box, fill=fill)
    elif kind == 3:
        draw.polygon([(x, y + size - 1), (x + size - 1, y + size - 1), (x + size // 2, y)], fill=fill)
    elif kind == 4:
        draw.line((x, y, x + size - 1, y + size - 1), fill=fill, width=max(1, size // 8))
        draw.line((x, y + size - 1, x + size - 1, y), fill=fill, width=max(1, size // 8))
    elif kind == 5:
        draw.polygon([(x, y), (x + size - 1, y + size // 2), (x, y + size - 1)], fill=fill)
    else:
        draw.rectangle(box, outline=fill)
        draw.rectangle((x + size // 4, y + size // 4, x + size // 2, y + size - 1), fill=colour(generator))
