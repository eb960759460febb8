"""The noise budget: what maps of the bits it chooses add to the picture's error is what it said they would."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model.codec import PIXEL_SCALE, Codec
from model.configuration import CodecConfiguration
from model.linear_start import start_linear
from model.lowering import QuantizedCodec, lower, pixel_map
from model.qualities import ANCHORS
from model.quantization.budget import FINE, LEAST, MOST, NOISE_PICTURES, allocate, map_bits, measure_noise
from model.quantization.fake import FakeQuantizedTarget
from model.quantization.formats import BitWidths, MapBits
from sample_photographs import photograph_squares

SIDE = 64


@cache
def codec() -> Codec:
    torch.manual_seed(0)
    made = Codec(CodecConfiguration(widths=(24, 32, 48), branches="shift"))
    start_linear(made, photograph_squares())
    return made.eval()


def batch() -> npt.NDArray[np.uint8]:
    """Photographs, grey ones first, and one of squares of pure colours, where gains are not measured."""
    squares = (square.transpose(2, 0, 1)[:, :SIDE, :SIDE] for square in photograph_squares()[: 2 * NOISE_PICTURES])
    photographs = np.stack(list(squares)) // 4 + 96
    bold = np.kron(np.random.default_rng(0).integers(0, 2, (3, 8, 8)), np.ones((8, 8), int)) * 255
    photographs[1] = bold
    return photographs


def error_with(bits: dict[str, MapBits] | None, widths: BitWidths, pictures: npt.NDArray[np.uint8]) -> float:
    """Mean squared error of pictures at the highest quality, calibrated on the whole batch."""
    quantized = QuantizedCodec.calibrate(codec(), batch(), widths, bits)
    start = torch.from_numpy(pictures)
    latents = lower("analysis", codec(), FakeQuantizedTarget(quantized.formats["analysis"]), pixel_map(start.double()))
    restored = quantized.restored(latents, torch.full((len(pictures),), ANCHORS - 1.0))
    made = lower("synthesis", codec(), FakeQuantizedTarget(quantized.formats["synthesis"]), restored)
    return float((made.values - start / PIXEL_SCALE).square().mean())


@pytest.mark.parametrize("noise", [0.1, 0.03])
def test_rounding_adds_what_the_budget_allows(noise: float) -> None:
    measured = batch()[::2]
    least = error_with(None, BitWidths.all(FINE), measured)
    added = error_with(map_bits(codec(), batch(), noise), BitWidths(), measured) / least - 1
    assert -0.5 * noise < added < 2 * noise


def test_a_bold_picture_costs_bits() -> None:
    """Its ranges are those of all maps, wherever it lies in the batch."""
    measured, bold = batch()[::2], batch()
    noise = {m.name: m.noise for m in measure_noise(codec(), bold, measured) if m.transform == "synthesis"}
    without = {m.name: m.noise for m in measure_noise(codec(), measured, measured) if m.transform == "synthesis"}
    assert sum(noise.values()) > 3 * sum(without.values())


def test_bits_go_where_they_take_away_most_noise() -> None:
    maps = measure_noise(codec(), batch(), batch()[::2])
    spent = [sum(sum(bits.values()) for bits in allocate(maps, budget).values()) for budget in (1.0, 1e-4, 1e-6, 0.0)]
    assert spent == sorted(spent) and spent[0] == LEAST * len(maps) and spent[-1] == MOST * len(maps)
