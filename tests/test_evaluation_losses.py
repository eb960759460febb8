"""Losses of codecs at equal lambda, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.losses import compare_losses
from evaluation.measurement import Measurement
from evaluation.metrics import Quality


def rows(curve: str, setting: str, *points: tuple[float, float]) -> list[Measurement]:
    """(bits per pixel, PSNR) of pictures "0", "1", ..."""
    return [
        Measurement(curve, setting, str(index), 8, 8, 1, Quality(rate, psnr, None))
        for index, (rate, psnr) in enumerate(points)
    ]


RECORDS: dict[tuple[str, str], dict[str, Any]] = {
    ("sapm", "a"): {"rate_weight": 1000.0, "step": 50},
    ("sapm", "low"): {"rate_weight": 10.0, "step": 50, "start": "linear"},
    ("twin", "b"): {
        "rate_weight": 1000.0,
        "step": 60,
        "loss": "mse",
        "start": {"step": 7, "rate_weight": 1.0, "start": {"step": 5, "start": "linear"}},
    },
    ("twin", "similarity"): {"rate_weight": 1000.0, "step": 60, "loss": "ms-ssim"},
    ("twin", "other"): {"rate_weight": 500.0, "step": 60},
    ("old", "c"): {},
}

MEASURED = [
    *rows("sapm", "a", (0.5, 30.0), (1.0, 20.0)),  # 1.5 and 11
    *rows("sapm", "low", (0.1, 20.0), (0.1, 20.0)),
    *rows("twin", "b", (0.25, 30.0), (1.25, 20.0))[::-1],  # 1.25 and 11.25
]


def test_differences_at_equal_lambda() -> None:
    own, low, twin = compare_losses(RECORDS, MEASURED, "sapm")
    assert (own.loss, own.percent, own.better) == pytest.approx((6.25, 0, 0))
    assert (low.reference_setting, low.loss) == ("low", pytest.approx(0.2))
    assert (twin.curve, twin.reference, twin.reference_setting) == ("twin", "sapm", "a")
    assert (twin.loss, twin.percent, twin.better, twin.pictures) == pytest.approx((6.25, 0, 1, 2))
    assert (twin.steps, twin.start_steps) == (60, 12)
    assert (twin.bits_per_pixel, twin.psnr) == pytest.approx((0.75, 25))


def test_percent_is_of_the_reference() -> None:
    (own, sapm) = compare_losses(
        {k: RECORDS[k] for k in (("twin", "b"), ("sapm", "a"))},
        [*MEASURED[:2], *rows("twin", "b", (0.5, 30.0), (5.25, 20.0))],
        "twin",
    )
    assert own.percent == 0
    assert sapm.percent == pytest.approx(100 * (6.25 / 8.375 - 1))
