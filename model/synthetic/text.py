"""Text of synthetic pictures: sheets of it are rendered once, in Pillow's own font; pictures take pieces of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.synthetic.areas import Pixels, gradient
from model.synthetic.colours import Colour, ink_on, page

SHEET = 320
SIZES = (7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 28, 34, 42, 56, 80)
"""Font sizes in pixels."""

SMALL = 14
"""Largest size of labels in windows and plots."""

TEXT = """
the of and to in a is that it for as was with be by on not he this are or his from at which but have an they you were
their one all we can her has there been if more when will would who so no She Time File Edit View Search Help Image
Window Settings Open Save Cancel OK Error 404 Table Figure Section Rate Quality Bits 3.14 100% $29.99 (a+b) x=0; return
{i} [1] http://www.example.org/ 12:45 2026-11-30 #include <math.h> Kodak WARNING METHOD Results & more photograph
hardware multiplication transform quantization Kernel Stride 0123456789 ABCDEFG @home ?! -- ... * /
"""
WORDS = TEXT.split()

VARIANTS = 3
"""Sheets of each size; the last has no smooth edges."""

SHEETS = VARIANTS * len(SIZES)
SMALL_SHEETS = VARIANTS * sum(size <= SMALL for size in SIZES)


@lru_cache(maxsize=SHEETS)
def sheet_of(index: int) -> Image.Image:
    """Sheet number 0 to SHEETS - 1, in the order of their sizes: coverage 0 to 255, [SHEET, SHEET], full of text."""
    generator = np.random.default_rng((0, index))
    size, variant = SIZES[index // VARIANTS], index % VARIANTS
    sheet = Image.new("L", (SHEET, SHEET))
    draw = ImageDraw.Draw(sheet)
    draw.fontmode = "1" if variant == VARIANTS - 1 else "L"
    font = _font(size)
    for top in range(-size // 3, SHEET, line_height(size)):
        words = [WORDS[word] for word in generator.integers(0, len(WORDS), 3 + SHEET // (2 * size)).tolist()]
        draw.text((int(generator.integers(-size, 1)), top), " ".join(words), fill=255, font=font)
    return sheet


@lru_cache(maxsize=len(SIZES))
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):  # bitmaps of one size, of a Pillow that was built without FreeType
        raise RuntimeError("text needs a Pillow with FreeType, and this one has none (PIL.features.check('freetype2'))")
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)  # the same with and without Raqm


def line_height(size: int) -> int:
    """Pixels from one line of a sheet to the next."""
    return size + size // 4 + 1


def written(side: int, generator: np.random.Generator) -> Pixels:
    """A page, light, dark or a gradient, with text of one size, or of two in parts of it, each in an ink of its own."""
    ground = page(generator)
    if generator.random() < 0.15:
        shaded = gradient(side, generator)
        image, middle = Image.fromarray(shaded), shaded[side // 2, side // 2].tolist()
        ground = middle[0], middle[1], middle[2]
    else:
        image = Image.new("RGB", (side, side), ground)
    split = int(generator.integers(side // 4, side)) if generator.random() < 0.4 else side
    boxes = [(0, 0, side, split), (0, split, side, side)]
    if generator.random() < 0.3:  # columns in place of blocks
        boxes = [(top, left, bottom, right) for left, top, right, bottom in boxes]
    margin = int(generator.integers(0, side // 8)) if generator.random() < 0.5 else 0
    for left, top, right, bottom in boxes:
        if right > left and bottom > top:
            sheet = sheet_of(int(generator.integers(SHEETS)))
            write(image, (left + margin, top, right, bottom), sheet, ink_on(ground, generator), generator)
    return np.asarray(image)


def write(
    image: Image.Image, box: tuple[int, int, int, int], sheet: Image.Image, ink: Colour, generator: np.random.Generator
) -> None:
    """A random piece of a sheet in a box (left, top, right, bottom), repeated where the sheet is smaller."""
    for top in range(box[1], box[3], SHEET):
        for left in range(box[0], box[2], SHEET):
            width, height = min(SHEET, box[2] - left), min(SHEET, box[3] - top)
            x, y = int(generator.integers(SHEET - width + 1)), int(generator.integers(SHEET - height + 1))
            image.paste(ink, (left, top), sheet.crop((x, y, x + width, y + height)))


def label(image: Image.Image, place: tuple[int, int], width: int, ink: Colour, generator: np.random.Generator) -> None:
    """One line of small text, at most so wide, its upper left corner at `place`."""
    index = int(generator.integers(SMALL_SHEETS))
    size, sheet = SIZES[index // VARIANTS], sheet_of(index)
    pitch = line_height(size)
    lines = SHEET // pitch - 1
    top = int(generator.integers(1, lines)) * pitch - size // 3
    left = int(generator.integers(SHEET // 2))
    width = max(1, min(width, SHEET - left))
    image.paste(ink, place, sheet.crop((left, top, left + width, top + pitch)))
