"""Pictures within a page: lossless, and small enough for a phone."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LARGEST = 1 << 22
"""Pixels up to which a picture is shown whole; of a larger one every n-th row and column is."""

ERROR_GAIN = 8
"""How many times the shown difference is larger than the true one."""


def step_of(rows: int, columns: int) -> int:
    """Of how many rows and columns one is shown."""
    return next(step for step in range(1, rows + columns) if rows * columns <= LARGEST * step * step)


def data_url(picture: NDArray[np.uint8], step: int) -> str:
    """A picture (rows, columns, 3), or a gray one (rows, columns), as an address that holds it: lossless WebP."""
    shown = np.ascontiguousarray(picture[::step, ::step])
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, "WEBP", lossless=True, quality=40, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """The largest difference of each pixel's samples, amplified, as a gray picture; and the largest of all."""
    found = np.abs(before.astype(np.int16) - after).max(axis=2)
    return np.minimum(found * ERROR_GAIN, 255).astype(np.uint8), int(found.max())
