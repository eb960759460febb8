"""Rate-distortion curves: means over the pictures, measured here or published elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from evaluation.metrics import to_decibels
from evaluation.metrics.bd_rate import RatePoints
from ops.files.reading import read_regular


class CurveError(ValueError):
    """A file that holds no published curve; the message is one line that names it."""


@dataclass(frozen=True)
class Point:
    """Means at one setting: bits per pixel, PSNR in dB, MS-SSIM in 0 to 1 or in dB; None where it was not measured.

    `psnr` is the mean of the pictures' PSNRs, infinite where one of them is lossless; `psnr_of_mse` the PSNR of their
    mean squared error, infinite where all of them are.
    """

    setting: str
    bits_per_pixel: float
    psnr: float | None
    ms_ssim: float | None
    ms_ssim_decibels: float | None
    psnr_of_mse: float | None = None


@dataclass(frozen=True)
class Curve:
    """A codec at several rates, by rising rate. `kind` is "codec", "anchor" or "published"; `note` says what it is."""

    name: str
    kind: str
    note: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Metric:
    """A measure of quality in dB: its field in tables, its title in plots and its value at a point."""

    name: str
    title: str
    of: Callable[[Point], float | None]

    def rate_points(self, curve: Curve) -> RatePoints:
        """(bits per pixel, dB) of the points that have it; a lossless point has no finite one."""
        pairs = ((point.bits_per_pixel, self.of(point)) for point in curve.points)
        return [(rate, decibels) for rate, decibels in pairs if decibels is not None and isfinite(decibels)]


METRICS = (
    Metric("psnr", "PSNR (RGB) [dB]", lambda point: point.psnr),
    Metric("psnr_of_mse", "PSNR of the mean squared error (RGB) [dB]", lambda point: point.psnr_of_mse),
    Metric("ms_ssim", "MS-SSIM (RGB) [dB]", lambda point: point.ms_ssim_decibels),
)
"""What BD-rates are computed over and plots show."""

COLUMNS = {"psnr": "psnr-rgb", "ms_ssim": "ms-ssim-rgb", "ms_ssim_decibels": "ms-ssim-db-rgb"}
"""Keys of published results, in the layout that CompressAI has for them."""

OLDER = {"psnr-rgb": "psnr", "ms-ssim-rgb": "ms-ssim", "ms-ssim-db-rgb": "ms-ssim-db"}
"""The same as CompressAI's own evaluation wrote them before version 1.2.4: its pictures are RGB all the same."""


def read_published(folder: Path) -> list[Curve]:
    """The curves of all JSON files of a folder, by file name. Raises CurveError for one that is none, or no file."""
    if not folder.is_dir():
        raise CurveError(f"{folder} must be a folder of published curves (JSON), and is no folder")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise CurveError(f"{folder} must hold published curves (JSON), and holds no .json file")
    return [_read(path) for path in files]


def _read(path: Path) -> Curve:
    try:
        content = json.loads(read_regular(path))
        return _from_json(path.stem, content)
    except OSError as error:
        raise CurveError(f"{path.name}: {error.strerror}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CurveError(f"{path.name}: is not JSON, or it is truncated") from error
    except ValueError as error:
        raise CurveError(f"{path.name}: is no published curve: {error}") from error


def _from_json(name: str, content: Any) -> Curve:
    results = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, dict):
        raise ValueError('must have "results" with lists "bpp" and "psnr-rgb", "ms-ssim-rgb" or "ms-ssim-db-rgb"')
    results = {new: results[old] for new, old in OLDER.items() if old in results} | results
    rates = _numbers("bpp", results.get("bpp"))
    columns: dict[str, Sequence[float | None]] = {
        field: _numbers(key, results[key]) if key in results else [None] * len(rates) for field, key in COLUMNS.items()
    }
    if not any(key in results for key in COLUMNS.values()):
        raise ValueError(f"results must have one of {', '.join(COLUMNS.values())}")
    for field, values in columns.items():
        if len(values) != len(rates):
            raise ValueError(f"{COLUMNS[field]} must have {len(rates)} values as bpp has, not {len(values)}")
    rows = sorted(zip(rates, *columns.values(), strict=True), key=lambda row: row[0])
    points = (_point(str(index), *row) for index, row in enumerate(rows))
    note = " ".join(str(content.get(key, "")) for key in ("name", "description")).strip()
    return Curve(name, "published", note, tuple(points))


def _point(
    setting: str, rate: float, psnr: float | None, ms_ssim: float | None, ms_ssim_decibels: float | None
) -> Point:
    if ms_ssim is not None:
        if not 0 <= ms_ssim <= 1:
            raise ValueError(f"ms-ssim-rgb must lie in 0 to 1, not {ms_ssim}")
        ms_ssim_decibels = to_decibels(ms_ssim)
    return Point(setting, rate, psnr, ms_ssim, ms_ssim_decibels)


def _numbers(key: str, values: Any) -> list[float]:
    if not isinstance(values, list) or not values or not all(type(value) in (int, float) for value in values):
        raise ValueError(f"results must have {key!r}, a list of numbers")
    if not all(isfinite(value) for value in values) or (key == "bpp" and min(values) <= 0):
        raise ValueError(f"{key} must be finite, and rates positive")
    return [float(value) for value in values]
