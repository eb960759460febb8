"""Learning rates: filters in proportion to their own size, all else by kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from model.codec import Codec
from model.configuration import PRESETS
from model.plan import TrainingPlan
from model.rates import SMALLEST_FACTOR, USUAL_SIZE, Rates

TINY = replace(PRESETS["tiny"], entropy="static")
PLAN = TrainingPlan(learning_rate=1e-3, shift_rate=0.5, adder_rate=3.0, prior_rate=7.0)


def rates_of(codec: Codec, factor: float = 1.0) -> dict[str, float]:
    """The rate of every weight by its name."""
    rates = Rates(codec, PLAN)
    optimizer = torch.optim.Adam(rates.groups)
    rates.apply(optimizer, factor)
    groups: list[dict[str, Any]] = optimizer.param_groups
    by_weight = {id(p): float(group["lr"]) for group in groups for p in group["params"]}
    return {name: by_weight[id(parameter)] for name, parameter in codec.named_parameters()}


def test_a_filter_that_is_larger_moves_as_much_more() -> None:
    codec = Codec(TINY)
    before = rates_of(codec)
    with torch.no_grad():
        codec.synthesis.sapm1.shift.weight.mul_(4)  # type: ignore[union-attr]
    after = rates_of(codec)
    assert after.pop("synthesis.sapm1.shift.weight") == pytest.approx(4 * before.pop("synthesis.sapm1.shift.weight"))
    assert after == before


@pytest.mark.parametrize(("size", "factor"), [(USUAL_SIZE, 1.0), (2 * USUAL_SIZE, 2.0), (0.0, SMALLEST_FACTOR)])
def test_the_rate_of_a_filter_of_known_size(size: float, factor: float) -> None:
    codec = Codec(TINY)
    with torch.no_grad():
        codec.analysis.sapm1.shift.weight.fill_(size)  # type: ignore[union-attr]
        codec.analysis.first.weight.fill_(-size)  # type: ignore[union-attr]
    rates = rates_of(codec, 0.1)
    assert rates["analysis.sapm1.shift.weight"] == pytest.approx(0.1 * 0.5e-3 * factor)
    assert rates["analysis.first.weight"] == pytest.approx(0.1 * 1e-4 * factor)


def test_what_is_no_filter_has_the_rate_of_its_kind() -> None:
    rates = rates_of(Codec(TINY))
    assert rates["analysis.sapm1.adder.weight"] == pytest.approx(3e-3)
    assert rates["prior.means"] == pytest.approx(7e-3)
    assert rates["steps.step_logs"] == pytest.approx(7e-3)


def test_what_carries_the_picture_moves_by_a_tenth() -> None:
    rates = rates_of(Codec(TINY))
    for name in ("analysis.gdn1.beta_root", "analysis.first.bias", "synthesis.sapm2.deconvolution.weight"):
        assert rates[name] == pytest.approx(1e-4)
    codec = Codec(TINY)
    with torch.no_grad():
        codec.synthesis.sapm1.shortcut.weight.fill_(USUAL_SIZE)
    assert rates_of(codec)["synthesis.sapm1.shortcut.weight"] == pytest.approx(1e-4)


def test_every_weight_has_one_rate() -> None:
    for branches, entropy in (("both", "groups"), ("convolution", "static"), ("shift", "context")):
        codec = Codec(replace(PRESETS["tiny"], branches=branches, entropy=entropy))
        members = [id(p) for group in Rates(codec, PLAN).groups for p in group["params"]]
        assert sorted(members) == sorted(id(p) for p in codec.parameters())
