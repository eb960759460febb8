"""Weights on power-of-two grids."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.quantization.formats import Formats, exponent_of
from model.quantization.straight import snap
from model.quantization.weights import on_grid, single_powers, sums_of_powers
from model.shift import quantize_to_shifts
from ops import Fixed, Requant


def test_powers_of_two_are_kept_exactly() -> None:
    weight = quantize_to_shifts(torch.randn(8, 4, 5, 5, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(single_powers(weight).values(), weight.double(), rtol=0, atol=0)


def test_enough_terms_give_every_eight_bit_weight() -> None:
    weight = (torch.arange(-127, 128) / 127).reshape(1, -1, 1, 1).double()
    weights = sums_of_powers(weight, terms=4)
    assert float((weights.values() - weight).abs().max()) <= 2.0**-7 + 1e-12
    assert weights.codes.shape == (4, 1, 255, 1, 1)


@pytest.mark.parametrize(("terms", "bound"), [(1, 1 / 3), (2, 1 / 9), (3, 1 / 27)])
def test_each_further_term_divides_the_relative_error_by_three(terms: int, bound: float) -> None:
    weight = torch.linspace(0.26, 1.0, 500).reshape(1, -1, 1, 1).double()
    error = (sums_of_powers(weight, terms).values() / weight - 1).abs()
    assert float(error.max()) <= bound + 2.0**-5


def test_each_output_channel_has_a_grid_of_its_own() -> None:
    weight = torch.tensor([1.0, 1 / 50])[:, None, None, None] * torch.tensor([0.3, -0.7, 0.9])[None, :, None, None]
    error = (sums_of_powers(weight, 4).values() - weight.double()).abs().amax((1, 2, 3))
    assert float(error[1]) < 2.0**-12


def test_layers_of_zeros_have_no_terms() -> None:
    zeros = torch.zeros(2, 3, 1, 1)
    assert not sums_of_powers(zeros, 2).codes.any()
    assert not single_powers(zeros).codes.any()


def test_filters_saturate_on_the_grid() -> None:
    np.testing.assert_array_equal(on_grid(torch.tensor([-99.0, -0.26, 0.25, 99.0]), 2, 8), [-128, -1, 1, 127])


def test_snap_is_requant() -> None:
    source, target = Fixed(12, 6), Fixed(6, 3)
    integers = np.arange(source.low, source.high + 1)
    snapped = snap(torch.from_numpy(integers * source.step), target).numpy() / target.step
    np.testing.assert_array_equal(snapped, Requant.to(source, target).evaluate(integers))


@pytest.mark.parametrize(("peak", "exponent"), [(0.0, 0), (1.0, 1), (0.99, 0), (4.0, 3), (0.1, -3)])
def test_exponent_of_the_largest_magnitude(peak: float, exponent: int) -> None:
    assert exponent_of(torch.tensor([-peak, peak / 2])) == exponent


def test_calibration_clips_outliers_and_remembers() -> None:
    formats = Formats()
    values = torch.cat([torch.randn(100_000, generator=torch.Generator().manual_seed(1)), torch.tensor([40.0])])
    chosen = formats.choose("map", "activation", values.double())
    assert chosen.frac > 1  # 40 alone would ask for 1 fractional bit
    assert Formats.from_dictionary(formats.to_dictionary()).by_name == {"map": chosen}
