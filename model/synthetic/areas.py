"""Synthetic pictures without objects: flat areas, gradients, charts of colours and patterns of single pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from model.synthetic.colours import CORNERS, between, colour, corner, ink_on

Pixels = npt.NDArray[np.uint8]
"""A picture, [side, side, 3]."""


def flat(side: int, generator: np.random.Generator) -> Pixels:
    """One colour, pure ones half of the time; or two that meet at an edge of any angle."""
    first = corner(generator) if generator.random() < 0.4 else colour(generator)
    if generator.random() < 0.7:
        return _filled(side, first)
    second = colour(generator)
    return np.where(_ramp(side, generator)[..., None] < generator.uniform(0.2, 0.8), *_pair(first, second))


def gradient(side: int, generator: np.random.Generator) -> Pixels:
    """From one colour to another along a line or around a point, smooth or in steps as a palette has them."""
    whole = _ramp(side, generator) if generator.random() < 0.7 else _distance(side, generator)
    place: npt.NDArray[np.floating[Any]] = whole * generator.uniform(0.2, 1.0) + generator.uniform(0, 0.2)
    if generator.random() < 0.2:
        steps = int(generator.integers(3, 24))
        place = np.floor(place * steps) / steps
    stops = np.array([colour(generator) for _ in range(2 if generator.random() < 0.7 else 4)], dtype=np.float32)
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(place, places, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, -1)).astype(np.uint8)


def chart(side: int, generator: np.random.Generator) -> Pixels:
    """Patches of colours side by side, of equal or of random sizes, with gaps of one ground at times."""
    rows, columns = _cells(side, generator), _cells(side, generator)
    kind: Callable[[np.random.Generator], object] = corner if generator.random() < 0.35 else colour
    palette = np.array([kind(generator) for _ in range(int(generator.integers(2, 25)))], dtype=np.uint8)
    patches = palette[generator.integers(0, len(palette), (rows.max() + 1, columns.max() + 1))]
    picture: Pixels = patches[rows[:, None], columns[None, :]]
    if generator.random() < 0.3:
        gap = int(generator.integers(1, 5))
        ground = np.array(colour(generator), dtype=np.uint8)
        for axis, cells in enumerate((rows, columns)):
            starts = np.flatnonzero(np.diff(cells)) + 1
            within = (starts[:, None] + np.arange(gap)).ravel()
            within = within[within < side]
            picture[(within, slice(None)) if axis == 0 else (slice(None), within)] = ground
    return picture


def pattern(side: int, generator: np.random.Generator) -> Pixels:
    """Checkerboards, stripes, grids, rings and scattered dots of two colours, down to single pixels."""
    ground = colour(generator)
    contrast = 1.0 if generator.random() < 0.5 else generator.uniform(0.05, 1.0)
    pair = _pair(ground, between(ground, ink_on(ground, generator), contrast))
    rows, columns = np.arange(side)[:, None], np.arange(side)[None, :]
    period = int(generator.choice((1, 1, 2, 2, 3, 4, 5, 8, 12, 16, 32)))
    draw = int(generator.integers(6))
    if draw == 0:
        mask = (rows // period + columns // period) % 2 == 0
    elif draw == 1:
        across = rows if generator.random() < 0.5 else columns
        mask = np.broadcast_to(across // period % 2 == 0, (side, side))
    elif draw == 2:
        width = int(generator.integers(1, 3))
        mask = (rows % (4 * period + 2) < width) | (columns % (4 * period + 2) < width)
    elif draw == 3:
        mask = np.cos(_distance(side, generator) * side / generator.uniform(1, 12)) > 0
    elif draw == 4:
        mask = (rows + int(generator.choice((-1, 1))) * columns) // period % 2 == 0
    else:
        mask = generator.random((side, side)) < generator.uniform(0.002, 0.03)
    return np.where(mask[..., None], *pair)


def corner_chart(side: int) -> Pixels:
    """The eight pure colours in two rows of four: flat areas as far from grey as any picture has them."""
    cells = np.minimum(np.arange(side) * 4 // side, 3)
    index = (np.arange(side) * 2 // side)[:, None] * 4 + cells
    return np.array(CORNERS, dtype=np.uint8)[index]


def corner_patterns(side: int) -> Pixels:
    """Checkerboards, diagonals and stripes of 1, 2, 4 and 8 pixels between opposite corners of the RGB cube, in four
    rows of four: the sharpest edges that any picture has, at every phase of the strides."""
    rows, columns = np.arange(side)[:, None], np.arange(side)[None, :]
    row, column = np.minimum(rows * 4 // side, 3), np.minimum(columns * 4 // side, 3)
    period = 1 << row
    masks = (rows // period + columns // period, (rows + columns) // period, rows // period, columns // period)
    mask = np.select([column == index for index in range(4)], masks) % 2
    index = np.where(mask == 1, (row + column) % 4, 7 - (row + column) % 4)
    return np.array(CORNERS, dtype=np.uint8)[index]


def _filled(side: int, of: tuple[int, int, int]) -> Pixels:
    return np.full((side, side, 3), of, dtype=np.uint8)


def _pair(first: tuple[int, int, int], second: tuple[int, int, int]) -> tuple[Pixels, Pixels]:
    return np.array(first, dtype=np.uint8), np.array(second, dtype=np.uint8)


def _ramp(side: int, generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """0 to 1 from one border or corner to the opposite one; along rows or columns half of the time."""
    place = np.linspace(0, 1, side, dtype=np.float32)
    angle = float(generator.choice((0, 0.5, 1, 1.5))) if generator.random() < 0.5 else generator.uniform(0, 2)
    down, right = np.sin(np.pi * angle), np.cos(np.pi * angle)
    ramp = down * place[:, None] + right * place[None, :]
    low, high = min(down, 0) + min(right, 0), max(down, 0) + max(right, 0)
    return ((ramp - low) / (high - low)).astype(np.float32)


def _distance(side: int, generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """Distance to a point inside, in sides."""
    place = np.linspace(0, 1, side, dtype=np.float32)
    down, right = generator.random(2)
    return np.hypot(place[:, None] - down, place[None, :] - right).astype(np.float32)


def _cells(side: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """The cell of each row: equal ones with any phase, or between random borders."""
    size = int(generator.choice((4, 6, 8, 11, 16, 24, 32, 48, 64)))
    if generator.random() < 0.7:
        return (np.arange(side) + int(generator.integers(size))) // size
    borders = generator.integers(1, side, max(1, side // size))
    marks = np.zeros(side, dtype=np.int64)
    marks[borders] = 1
    return np.cumsum(marks)
