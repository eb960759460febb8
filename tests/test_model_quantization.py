"""Weights on power-of-two grids."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from model.quantization.compensation import Correction, compensate
from model.quantization.formats import GAIN_SPAN, Formats, best_gains, exponent_of
from model.quantization.straight import snap
from model.quantization.weights import Digits, Projection, beyond_grid, on_grid, single_powers, sums_of_powers
from model.shift import Exponents
from ops import Fixed, Requant
from ops.shift_conv2d.codes import TermCodes, lane_price


def test_powers_of_two_are_kept_exactly() -> None:
    weight = Exponents().quantize(torch.randn(8, 4, 5, 5, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(single_powers(weight).values(), weight.double(), rtol=0, atol=0)


def test_filters_beyond_a_maps_range_leave_a_constant() -> None:
    weight = torch.tensor([[100.3, -20.0, 3.1], [0.26, -0.5, -77.0]])[:, :, None, None].double()
    x = torch.linspace(-8.0, 7.75, 64).double()  # all numbers of 6 bits, two of them fractional
    integers = on_grid(weight, 2, 6)
    clipped = torch.from_numpy(integers / 4)
    excess = beyond_grid(weight, integers, 2)
    assert excess.tolist() == pytest.approx([100.3 - 7.75 + 20 - 8, 77 - 8])
    for row, shorter, constant in zip(weight, clipped, excess, strict=True):
        distance = (x - row.flatten()[:, None]).abs().sum(0)
        error = (x - shorter.flatten()[:, None]).abs().sum(0) + constant - distance
        assert float(error.abs().max()) < 0.25


def test_enough_terms_give_every_eight_bit_weight() -> None:
    weight = (torch.arange(-127, 128) / 127).reshape(1, -1, 1, 1).double()
    weights = sums_of_powers(weight, Digits(4))
    assert float((weights.values() - weight).abs().max()) <= 2.0**-7 + 1e-12
    assert weights.codes.shape == (4, 1, 255, 1, 1)


@pytest.mark.parametrize(("terms", "bound"), [(1, 1 / 3), (2, 1 / 9), (3, 1 / 27)])
def test_each_further_term_divides_the_relative_error_by_three(terms: int, bound: float) -> None:
    weight = torch.linspace(0.26, 1.0, 500).reshape(1, -1, 1, 1).double()
    error = (sums_of_powers(weight, Digits(terms), bits=16).values() / weight - 1).abs()
    assert float(error.max()) <= bound + 2.0**-5


@pytest.mark.parametrize(("terms", "window", "price"), [(1, 4, 26), (2, 4, 53), (3, 2, 54), (3, 4, 76)])
def test_weights_of_eight_bits_fit_the_lanes_of_their_digits(terms: int, window: int, price: float) -> None:
    weight = torch.randn(6, 50, 3, 3)
    codes = sums_of_powers(weight, Digits(terms, window)).codes.astype(int)
    assert codes.any() and len(codes) <= terms
    lanes = TermCodes.of((np.sign(codes) * (1 << np.maximum(abs(codes) - 1, 0))).sum(axis=0))
    assert lane_price(lanes.terms, lanes.window) <= price


def test_each_output_channel_has_a_grid_of_its_own() -> None:
    weight = torch.tensor([1.0, 1 / 50])[:, None, None, None] * torch.tensor([0.3, -0.7, 0.9])[None, :, None, None]
    error = (sums_of_powers(weight, Digits(4)).values() - weight.double()).abs().amax((1, 2, 3))
    assert float(error[1]) < 2.0**-12


def test_layers_of_zeros_have_no_terms() -> None:
    zeros = torch.zeros(2, 3, 1, 1)
    assert not sums_of_powers(zeros, Digits(2)).codes.any()
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


def test_weak_channels_are_enlarged_to_the_common_range() -> None:
    strengths = 2.0 ** -torch.arange(6.0)
    values = torch.randn(2, 6, 32, 32, generator=torch.Generator().manual_seed(2)) * strengths[:, None, None]
    assert best_gains(values, 8) == (0, 1, 2, 3, GAIN_SPAN, GAIN_SPAN)
    finer = best_gains(values * 1.3, 8, steps=4)
    assert all(exponent * 4 == int(exponent * 4) for exponent in finer) and min(finer) < 1


def correlated(channels: int) -> torch.Tensor:
    """Maps with a large mean whose channels have nearly everything in common, as distances have."""
    generator = torch.Generator().manual_seed(3)
    common = torch.randn(2, 1, 24, 24, generator=generator) + 2
    return (common + 0.1 * torch.randn(2, channels, 24, 24, generator=generator)).double()


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 2)])
def test_compensated_weights_lie_on_the_same_grids_and_err_less(kernel: int, stride: int) -> None:
    x, generator = correlated(16), torch.Generator().manual_seed(4)
    weight = (
        torch.randn(6, 16, kernel, kernel, generator=generator) * torch.tensor([1.0, 0.01] * 3)[:, None, None, None]
    )
    digits = Digits(3)
    projection = Projection.of(weight, digits, 6)
    correction = compensate(x, weight, projection, stride)
    nearest, rounded = (sums_of_powers(w, digits, 6).values() for w in (weight, weight + correction.weight))
    grid = projection.places.double().exp2()[:, None, None, None]
    np.testing.assert_array_equal((rounded * grid).numpy(), (rounded * grid).round().numpy())
    torch.testing.assert_close(rounded, (weight + correction.weight).double(), rtol=0, atol=1e-6)

    def error(weights: torch.Tensor, bias: torch.Tensor) -> float:
        result = functional.conv2d(x, weights - weight.double(), bias.double(), stride)
        return float(result.square().mean())

    assert error(rounded, correction.bias) < 0.2 * error(nearest, torch.zeros(6))


def test_formats_with_gains_and_corrections_are_stored() -> None:
    formats = Formats()
    formats.choose_gains("map", torch.randn(1, 3, 8, 8), steps=4)
    formats.correct("layer", correlated(4), torch.randn(5, 4, 1, 1), "shortcut", stride=1)
    assert formats.corrections is not None
    restored = Formats.from_dictionary(json.loads(json.dumps(formats.to_dictionary())))
    assert restored.gains == formats.gains and restored.corrections is not None
    for part in ("weight", "bias"):
        expected, found = (getattr(f.corrections["layer"], part) for f in (formats, restored))
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_formats_without_corrections_round_to_the_nearest() -> None:
    fields = {name: value for name, value in Formats().to_dictionary().items() if name != "corrections"}
    formats, weight = Formats.from_dictionary(fields), torch.randn(5, 4, 1, 1)
    formats.correct("layer", correlated(4), weight, "shortcut", stride=1)
    assert formats.corrections is None and formats.gains_of("map") is None
    rounded, bias = formats.rounded("layer", weight, None, "shortcut")
    assert bias is None
    np.testing.assert_array_equal(rounded.codes, sums_of_powers(weight, formats.digits["shortcut"]).codes)


def test_a_correction_that_does_not_fit_its_shape_is_refused() -> None:
    fields = Correction(torch.zeros(2, 3, 1, 1), torch.zeros(2)).to_dictionary()
    with pytest.raises((ValueError, RuntimeError)):
        Correction.from_dictionary({**fields, "shape": [2, 4, 1, 1]})
