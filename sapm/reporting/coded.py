"""What a report tells of a coded picture: its bits, how good it is, and both pictures to be laid over each other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from host import psnr, read_picture
from host.pictures import Picture
from reports import Fact, Pictures
from sapm.reporting.files import DECODED, ORIGINAL

LARGEST_FILE = 1 << 30
"""Bytes that a compressed file is expected to have at most."""


def pictures_in(folder: Path) -> tuple[Picture, Picture] | None:
    """The original and the decoded picture of a folder, where both are there. Raises ValueError where they differ in
    size, and PictureError for what is no picture."""
    paths = folder / ORIGINAL, folder / DECODED
    if not all(path.is_file() for path in paths):
        return None
    original, decoded = map(read_picture, paths)
    if original.shape != decoded.shape:
        sizes = " and ".join(f"{picture.shape[2]}x{picture.shape[1]}" for picture in (original, decoded))
        raise ValueError(f"{folder}: {ORIGINAL} and {DECODED} must have one size, not {sizes}")
    return original, decoded


def laid_over(both: tuple[Picture, Picture] | None) -> Pictures | None:
    """The pictures for the page."""
    if both is None:
        return None
    before, after = (np.ascontiguousarray(picture.transpose(1, 2, 0)) for picture in both)
    return Pictures(before, after)


def figures(both: tuple[Picture, Picture], size: int) -> dict[str, Any]:
    """Bits per pixel of a file of `size` bytes, PSNR, and MS-SSIM where its packages are installed."""
    with suppress(ImportError):
        # scipy comes with it, which hardware needs for nothing else
        from evaluation.metrics import quality  # noqa: PLC0415

        found = quality(*both, size)
        return {"bits_per_pixel": found.bits_per_pixel, "psnr": found.psnr, "ms_ssim": found.ms_ssim}
    return {"bits_per_pixel": 8 * size / both[0][0].size, "psnr": psnr(*both), "ms_ssim": None}


def facts(found: Mapping[str, Any], size: float, setting: str = "") -> list[Fact]:
    """Bits and quality, in a figure each."""
    bits = found["bits_per_pixel"]
    times = f", {24 / bits:.0f} times less than 24 bits a pixel" if bits else ""
    rows = [Fact("Bits", f"{bits:.3f}", "per pixel", f"{size:,} bytes{times}")]
    note = f"{setting}: higher is nearer to the original" if setting else "higher is nearer to the original"
    lossless = found["psnr"] is None or found["psnr"] == float("inf")
    rows.append(Fact("PSNR", "∞" if lossless else f"{found['psnr']:.2f}", "dB", note))
    if found["ms_ssim"] is not None:
        rows.append(Fact("MS-SSIM", f"{found['ms_ssim']:.4f}", "", "likeness as eyes see it; 1 is equal"))
    return rows
