"""BD-rates against cases computed by hand; MS-SSIM against the library that published curves are measured by."""

from __future__ import annotations

from math import exp, inf

import numpy as np
import pytest
import torch
from pytorch_msssim import ms_ssim as torch_ms_ssim

from evaluation.metrics import BdRateError, bd_rate, ms_ssim, quality, to_decibels

CURVE = [(0.1, 26.0), (0.25, 29.5), (0.5, 32.1), (1.0, 35.7), (1.7, 39.0)]
OTHER = [(0.15, 27.0), (0.3, 29.0), (0.55, 33.3), (1.2, 38.0)]


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.37, 3.0])
def test_a_constant_factor_in_rate_is_that_many_percent(factor: float) -> None:
    result = bd_rate(CURVE, [(factor * rate, decibels) for rate, decibels in CURVE])
    assert result.percent == pytest.approx(100 * (factor - 1), abs=1e-9)
    assert (result.low, result.high) == (26.0, 39.0)


def test_straight_lines_have_the_mean_of_their_difference() -> None:
    reference = [(exp(q), float(q)) for q in (1, 2, 3, 4)]
    tested = [(exp(2 * q), float(q)) for q in (2, 3, 4, 5)]
    result = bd_rate(reference, tested)  # the logarithms differ by q, over q = 2 to 4: by 3 on average
    assert result.percent == pytest.approx(100 * (exp(3) - 1))
    assert (result.low, result.high) == (2, 4)


def test_swapping_the_curves_inverts_the_ratio() -> None:
    there, back = bd_rate(CURVE, OTHER).percent, bd_rate(OTHER, CURVE).percent
    assert there != 0
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1)


def test_the_order_of_points_does_not_matter() -> None:
    assert bd_rate(CURVE, OTHER) == bd_rate(CURVE[::-1], OTHER[::-1])


@pytest.mark.parametrize(
    ("tested", "said"),
    [
        ([(rate, decibels + 20) for rate, decibels in CURVE], "no common quality: 26.00 to 39.00 dB and 46.00"),
        (CURVE[:3], "tested curve must have at least 4 points, not 3"),
        ([*CURVE, (2.0, 38.0)], "tested curve must rise, and goes from 39.00 dB at 1.700 bpp to 38.00 dB at 2.000"),
        ([*CURVE, (1.7, 39.5)], "tested curve must rise"),
        ([*CURVE, (2.0, inf)], "finite points"),
        ([(0.0, 20.0), *CURVE], "positive rates"),
    ],
)
def test_curves_without_bd_rate(tested: list[tuple[float, float]], said: str) -> None:
    with pytest.raises(BdRateError, match=said):
        bd_rate(CURVE, tested)


@pytest.mark.parametrize("size", [(161, 161), (165, 230), (192, 171)])
def test_ms_ssim_agrees_with_pytorch(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (3, size[0] // 8 + 1, size[1] // 8 + 1)).repeat(8, axis=1).repeat(8, axis=2)
    a = coarse[:, : size[0], : size[1]].astype(np.uint8)
    b = np.clip(a + rng.normal(0, 20, a.shape), 0, 255).astype(np.uint8)
    x, y = (torch.from_numpy(np.ascontiguousarray(picture))[None].double() for picture in (a, b))
    assert ms_ssim(a, b) == pytest.approx(float(torch_ms_ssim(x, y, data_range=255)), abs=2e-6)
    assert ms_ssim(a, a) == pytest.approx(1)


def test_quality_of_a_small_picture_has_no_ms_ssim() -> None:
    picture = np.full((3, 160, 400), 7, np.uint8)
    figures = quality(picture, picture, 8000)
    assert figures.bits_per_pixel == 1
    assert figures.psnr == inf
    assert figures.ms_ssim is None
    with pytest.raises(ValueError, match="at least 161"):
        ms_ssim(picture, picture)


def test_decibels() -> None:
    assert to_decibels(0.99) == pytest.approx(20)
    assert to_decibels(1.0) == inf
