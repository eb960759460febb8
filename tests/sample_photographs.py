"""Photographs that scikit-image ships, cut into squares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage import data

NAMES = ("astronaut", "coffee", "chelsea", "rocket", "immunohistochemistry", "hubble_deep_field", "retina")


def photograph_squares(side: int = 128, count: int = 48) -> list[npt.NDArray[np.uint8]]:
    """Squares [side, side, 3] of photographs of different kinds, as many of each as `count` allows."""
    squares: list[list[npt.NDArray[np.uint8]]] = []
    for name in NAMES:
        picture = getattr(data, name)()[:, :, :3]
        rows, columns = (range(0, length - side + 1, side) for length in picture.shape[:2])
        squares.append([picture[top : top + side, left : left + side] for top in rows for left in columns])
    rounds = range(max(map(len, squares)))
    return [own[index] for index in rounds for own in squares if index < len(own)][:count]
