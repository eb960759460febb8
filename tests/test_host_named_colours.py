"""Colours that HEIC, AVIF and PNG name by numbers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from colour_spaces import SMOOTH, as_srgb, png_with, said


def named_by_numbers(path: Path, primaries: int, transfer: int) -> None:
    """A picture of SMOOTH with nclx (HEIC and AVIF) or cICP (PNG)."""
    if path.suffix == ".png":
        path.write_bytes(png_with((b"cICP", bytes([primaries, transfer, 0, 1])), samples=SMOOTH))
        return
    if path.suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    pytest.importorskip("pillow_heif").register_heif_opener()
    Image.fromarray(SMOOTH).save(path, quality=98, **({"chroma": 444} if path.suffix == ".heic" else {}))
    data = path.read_bytes()
    place = data.index(b"colrnclx") + 8
    path.write_bytes(data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :])


@pytest.mark.parametrize(
    ("primaries", "transfer", "named", "space", "gamma"),
    [
        (12, 4, "Display P3, gamma 2.2", "P3", 2.2),
        (1, 8, "BT.709, linear", "sRGB", 1.0),
        (9, 4, "BT.2020, gamma 2.2", "2020", 2.2),
        (12, 2, "Display P3, sRGB", "P3", 0),
    ],
)
@pytest.mark.parametrize("suffix", ["heic", "avif", "png"])
def test_colours_named_by_numbers_become_srgb(
    suffix: str, primaries: int, transfer: int, named: str, space: str, gamma: float, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    named_by_numbers(path, 1, 13)
    plain, notes = said(path)
    assert notes == []
    named_by_numbers(path, primaries, transfer)
    found, notes = said(path)
    assert notes == [f"colours were converted from {named} to sRGB"]
    assert np.abs(found - as_srgb(plain, space, gamma)).max() <= 3


@pytest.mark.parametrize("suffix", ["heic", "png"])
@pytest.mark.parametrize(("transfer", "kind", "white"), [(16, "PQ", 0.5807), (18, "HLG", 0.75)])
def test_high_range_is_cut_off_at_white_and_said(
    transfer: int, kind: str, white: float, suffix: str, tmp_path: Path
) -> None:
    """White, 203 cd/m2, is 58 % of PQ and 75 % of HLG (BT.2408, table 1); 26 cd/m2, grey, 38 % of both."""
    path = tmp_path / f"a.{suffix}"
    greys = np.array([0, 0.38 * 255, white * 255, 230, 255]).round().astype(np.uint8)
    samples = np.broadcast_to(greys[:, None, None].repeat(16, 0), (80, 16, 3))
    if suffix == "png":
        path.write_bytes(png_with((b"cICP", bytes([9, transfer, 0, 1])), samples=samples))
    else:
        pytest.importorskip("pillow_heif").register_heif_opener()
        Image.fromarray(np.ascontiguousarray(samples)).save(path, quality=98)
        data = path.read_bytes()
        place = data.index(b"colrnclx") + 8
        path.write_bytes(data[:place] + struct.pack(">HH", 9, transfer) + data[place + 4 :])
    found, notes = said(path)
    lost = "what is brighter than white, 203 cd/m2, became white"
    assert notes == [f"colours were converted from BT.2020, {kind} to sRGB; {lost}"]
    black, grey, brightest, *rest = (int(level) for level in found[8::16, 8, 1])
    assert black <= 2 and 96 <= grey <= 104 and brightest >= 252 and rest == [255, 255]


@pytest.mark.parametrize(
    ("primaries", "transfer", "is_said"), [(2, 2, False), (1, 1, False), (1, 6, False), (10, 13, True), (1, 9, True)]
)
@pytest.mark.parametrize("suffix", ["heic", "avif", "png"])
def test_numbers_that_mean_srgb_change_nothing_and_unknown_ones_are_said(
    suffix: str, primaries: int, transfer: int, is_said: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    named_by_numbers(path, 1, 13)
    plain = said(path)[0]
    named_by_numbers(path, primaries, transfer)
    found, notes = said(path)
    expected = f"its colours (primaries {primaries}, transfer {transfer} of H.273) were taken for sRGB"
    assert notes == ([expected] if is_said else []) and np.array_equal(found, plain)
