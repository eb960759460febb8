"""Fitted distributions against closed formulas, and the command on two small pictures."""

from __future__ import annotations

import json
from math import e, log2, pi
from pathlib import Path

import numpy as np
import pytest

from conftest import Sapm
from evaluation.latents import SMALLEST_MASS, fit_channels, means
from host import write_picture
from ops.files.written import RECORD
from sample_pictures import photograph as synthetic

SCALE = 10.0
"""Of the distributions: so wide that bins of width 1 are as good as densities."""


def test_laplace_latents() -> None:
    values = np.random.default_rng(1).laplace(3.0, SCALE, (1, 200_000))
    (fit,) = fit_channels(values)
    # the entropy of Laplace's distribution, and its cross-entropy to Gauss's of its variance, 2 * scale**2
    assert fit.bits_laplace == pytest.approx(log2(2 * e * SCALE), abs=0.01)
    assert -fit.density_gaussian == pytest.approx(0.5 * log2(2 * pi * e * 2 * SCALE**2), abs=0.01)
    assert -fit.density_laplace == pytest.approx(log2(2 * e * SCALE), abs=0.01)
    # the least mass spares the Gauss distribution some of its far tails
    assert -fit.density_gaussian - 0.05 < fit.bits_gaussian < -fit.density_gaussian
    assert fit.entropy <= fit.bits_laplace < fit.entropy + 0.01
    assert (fit.mean, fit.deviation) == pytest.approx((3.0, SCALE * 2**0.5), rel=0.05)


def test_gaussian_latents() -> None:
    values = np.random.default_rng(2).normal(0.0, SCALE, (1, 200_000))
    (fit,) = fit_channels(values)
    assert fit.bits_gaussian == pytest.approx(0.5 * log2(2 * pi * e * SCALE**2), abs=0.01)
    # the mean distance is scale * sqrt(2 / pi), which is the scale of the Laplace distribution
    assert fit.bits_laplace == pytest.approx(log2(2 * e * SCALE * (2 / pi) ** 0.5), abs=0.01)


def test_an_outlier_costs_what_a_coder_would_spend() -> None:
    values = np.zeros((1, 1000))
    values[0, :500], values[0, 0] = 0.2, 120.0
    (fit,) = fit_channels(values)
    assert fit.bits_laplace == pytest.approx(-log2(SMALLEST_MASS) / 1000, abs=0.3)


def test_active_channels_first_and_dead_ones_left_out() -> None:
    rng = np.random.default_rng(3)
    values = np.stack([rng.normal(0, 1, 1000), np.full(1000, 5.0), rng.normal(0, 9, 1000)])
    fits = fit_channels(values)
    assert [fit.channel for fit in fits] == [2, 0]
    found = means(fits)
    assert found["divergence_laplace"] == pytest.approx(
        np.mean([fit.bits_laplace - fit.entropy for fit in fits]), abs=1e-12
    )


def test_command(sapm: Sapm, float_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    assert sapm("latents", float_checkpoint, "--pictures", folder, "-o", tmp_path / "out") == 1
    assert "must hold a readable picture; 1 skipped" in capsys.readouterr().err
    for index in range(2):
        write_picture(synthetic(60, 70, seed=index), folder / f"{index}.png")
    command = ["latents", float_checkpoint, "--pictures", folder, "-o", tmp_path / "out", "--channels", 4]
    assert sapm(*command, "--quality", 0.5) == 1
    assert "quality must be between 1 and 100, not 0.5" in capsys.readouterr().err
    assert sapm(*command, "--quality", 90) == 0
    names = {f"latents.{kind}" for kind in ("json", "csv", "png", "svg")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*names, RECORD}
    results = json.loads((tmp_path / "out" / "latents.json").read_text())
    assert results["means"]["divergence_gaussian"] >= 0
    assert 4 <= len(results["channels"]) <= 24  # M of `tiny`
    assert "1 file" in capsys.readouterr().out
