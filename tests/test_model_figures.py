"""Figures of float checkpoints: of pictures of any sides, at each lambda, and the outliers of maps."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.checkpoint import save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS
from model.figures import (
    FIGURE_RATE_WEIGHTS,
    code_picture,
    held_out_figures,
    outlier_lines,
    rate_and_psnr,
    real_latents,
)

PICTURES = [
    np.random.default_rng(i).integers(0, 256, size, dtype=np.uint8) for i, size in enumerate([(37, 50, 3), (16, 16, 3)])
]


@pytest.fixture(scope="module")
def codec() -> Codec:
    torch.manual_seed(0)
    return Codec(replace(PRESETS["tiny"], branches="shift")).eval()


def test_pictures_of_any_sides_are_padded_with_their_edge(codec: Codec) -> None:
    padded = np.pad(PICTURES[0], ((0, 11), (0, 14), (0, 0)), mode="edge")
    restored, bits = code_picture(codec, PICTURES[0], 4.5)
    whole, all_bits = code_picture(codec, padded, 4.5)
    assert restored.shape == PICTURES[0].shape and restored.dtype == np.uint8
    np.testing.assert_array_equal(restored, whole[:37, :50])
    assert bits == pytest.approx(all_bits)
    assert real_latents(codec, PICTURES[0], 4.5).shape == (24, 3 * 4)


def test_rate_and_psnr_of_a_picture(codec: Codec) -> None:
    restored, bits = code_picture(codec, PICTURES[0], 2.0)
    rate, psnr = rate_and_psnr(codec, PICTURES[0], 2.0)
    error = np.square(restored.astype(float) - PICTURES[0]).mean()
    assert rate == pytest.approx(bits / (37 * 50)) and psnr == pytest.approx(
        20 * math.log10(255) - 10 * math.log10(error)
    )


def test_figures_at_each_lambda(codec: Codec) -> None:
    figures = held_out_figures(codec, PICTURES)
    assert [found.rate_weight for found in figures] == list(FIGURE_RATE_WEIGHTS)
    parts = [rate_and_psnr(codec, picture, 3.0) for picture in PICTURES]  # lambda 256
    assert figures[1].bits_per_pixel == pytest.approx(np.mean([rate for rate, _ in parts]))
    assert figures[1].psnr == pytest.approx(np.mean([psnr for _, psnr in parts]))
    assert figures[1].loss == pytest.approx(np.mean([256 * 10 ** (-psnr / 10) + rate for rate, psnr in parts]))
    assert len(held_out_figures(codec, PICTURES, (100.0,))) == 1 and held_out_figures(codec, []) == []
    with pytest.raises(ValueError, match="rate weight must be between 32 and 8192, not 16.0"):
        held_out_figures(codec, PICTURES, (16.0,))


def test_outliers_of_every_array(codec: Codec, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny.npz", codec)
    lines = outlier_lines(tmp_path / "tiny.npz", PICTURES[0])
    assert any(line.startswith("analysis.sapm1.shift: max ") and "max/deviation" in line for line in lines)
    assert any(line.startswith("synthesis.last: ") for line in lines)
