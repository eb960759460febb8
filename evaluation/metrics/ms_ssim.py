"""Multi-scale structural similarity (Wang, Simoncelli, Bovik 2003) in float64, without torch."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d

from host.pictures import Picture

Plane = npt.NDArray[np.float64]

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponent of each scale, fine to coarse."""

RADIUS, DEVIATION = 5, 1.5
"""Of the Gaussian window, 11 pixels wide."""

LUMINANCE, CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Constants that keep the quotients of flat regions finite."""

SMALLEST_SIDE = 161
"""A picture is halved four times and must then hold a window of 11 pixels."""

WINDOW = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * DEVIATION**2))
WINDOW /= WINDOW.sum()


def ms_ssim(a: Picture, b: Picture) -> float:
    """Mean over the channels of the MS-SSIM of two pictures (3, height, width), sides of at least 161.

    Agrees with pytorch_msssim, by which published curves are measured, also where it halves odd sides.
    """
    if a.shape != b.shape or min(a.shape[1:]) < SMALLEST_SIDE:
        raise ValueError(
            f"pictures must have one shape and sides of at least {SMALLEST_SIDE}, not {a.shape}, {b.shape}"
        )
    planes = zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    return float(np.mean([_of_plane(x, y) for x, y in planes]))


def _of_plane(x: Plane, y: Plane) -> float:
    factors = []
    for scale in range(len(WEIGHTS)):
        similarity, structure = _similarity(x, y)
        factors.append(similarity if scale == len(WEIGHTS) - 1 else structure)
        x, y = _halved(x), _halved(y)
    return prod(max(factor, 0.0) ** weight for factor, weight in zip(factors, WEIGHTS, strict=True))


def _similarity(x: Plane, y: Plane) -> tuple[float, float]:
    """(SSIM, its contrast and structure part) of one scale."""
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance = _blurred(x * x) + _blurred(y * y) - mean_x * mean_x - mean_y * mean_y
    structure = (2 * (_blurred(x * y) - mean_x * mean_y) + CONTRAST) / (variance + CONTRAST)
    luminance = (2 * mean_x * mean_y + LUMINANCE) / (mean_x * mean_x + mean_y * mean_y + LUMINANCE)
    return float((luminance * structure).mean()), float(structure.mean())


def _blurred(plane: Plane) -> Plane:
    """The plane under the window, where all of it fits."""
    rows = correlate1d(plane, WINDOW, axis=0)[RADIUS:-RADIUS]
    blurred: Plane = correlate1d(rows, WINDOW, axis=1)[:, RADIUS:-RADIUS]
    return blurred


def _halved(plane: Plane) -> Plane:
    """Means of 2x2 pixels; odd sides get a row or column of zeros before and after, as in pytorch_msssim."""
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = np.pad(plane, ((height % 2,) * 2, (width % 2,) * 2))
    height, width = (side // 2 * 2 for side in plane.shape)
    plane = plane[:height, :width]
    halved: Plane = (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) / 4
    return halved
