"""Qualities and their anchors, and the steps that hang on them."""

from __future__ import annotations

import pytest
import torch

from model.qualities import (
    ANCHORS,
    interpolated,
    position_of_quality,
    position_of_rate_weight,
    rate_weights,
)
from model.steps import LearnedSteps


def test_qualities_span_the_anchors() -> None:
    assert [position_of_quality(quality) for quality in (1, 50.5, 100)] == [0.0, 4.0, 8.0]
    assert [position_of_rate_weight(weight) for weight in (32, 1024, 8192)] == pytest.approx([0.0, 5.0, 8.0])
    anchors = torch.arange(float(ANCHORS))
    torch.testing.assert_close(rate_weights(anchors), 2.0 ** (5 + anchors))
    assert [position_of_rate_weight(float(w)) for w in rate_weights(anchors)] == pytest.approx(list(range(ANCHORS)))


@pytest.mark.parametrize("quality", [0, 0.99, 100.5, -3, float("nan")])
def test_other_qualities_are_refused(quality: float) -> None:
    with pytest.raises(ValueError, match=f"quality must be between 1 and 100, not {quality!r}"):
        position_of_quality(quality)


@pytest.mark.parametrize("weight", [31.9, 8193.0, 0.0, float("nan")])
def test_other_rate_weights_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=f"rate weight must be between 32 and 8192, not {weight!r}"):
        position_of_rate_weight(weight)


def test_values_between_anchors_are_linear() -> None:
    anchors = torch.randn(ANCHORS, 3, 2, requires_grad=True)
    positions = torch.tensor([0.0, 2.0, 2.25, 7.9, 8.0])
    found = interpolated(anchors, positions)
    assert found.shape == (5, 3, 2)
    expected = [
        anchors[0],
        anchors[2],
        0.75 * anchors[2] + 0.25 * anchors[3],
        0.1 * anchors[7] + 0.9 * anchors[8],
        anchors[8],
    ]
    torch.testing.assert_close(found, torch.stack(expected))
    (gradient,) = torch.autograd.grad(found[2].sum(), anchors)
    assert gradient[:, 0, 0].tolist() == [0, 0, 0.75, 0.25, 0, 0, 0, 0, 0]


def test_steps_begin_with_the_root_of_lambda() -> None:
    steps, ones = LearnedSteps(3), torch.ones(ANCHORS, 3, 1, 1)
    anchors = torch.arange(float(ANCHORS))
    torch.testing.assert_close(
        steps.multiply(ones, anchors), (1024 / rate_weights(anchors)).sqrt()[:, None, None, None].expand(-1, 3, 1, 1)
    )
    torch.testing.assert_close(steps.divide(steps.multiply(ones, anchors), anchors), ones)


def test_steps_of_channels_and_pictures_are_their_own() -> None:
    steps = LearnedSteps(2)
    with torch.no_grad():
        steps.step_logs[:, 1] += 1
        steps.restored_logs[:, 0] -= 1
    latents, positions = torch.ones(2, 2, 3, 3), torch.tensor([5.0, 7.0])
    torch.testing.assert_close(steps.divide(latents, positions)[:, :, 0, 0], torch.tensor([[1.0, 0.5], [2.0, 1.0]]))
    torch.testing.assert_close(steps.multiply(latents, positions)[:, :, 1, 2], torch.tensor([[0.5, 1.0], [0.25, 0.5]]))


def test_steps_between_anchors_are_geometric_means() -> None:
    between = LearnedSteps(1).multiply(torch.ones(1, 1, 1, 1), torch.tensor([4.5]))
    assert between.item() == pytest.approx(2.0**0.25)


def test_steps_learn() -> None:
    steps = LearnedSteps(2)
    latents, positions = torch.randn(1, 2, 4, 4), torch.tensor([3.5])
    steps.multiply(steps.divide(latents, positions) + 0.3, positions).square().sum().backward()
    for parameter in steps.parameters():
        assert parameter.grad is not None
        moved = (parameter.grad != 0).any(1)
        assert moved.tolist() == [False] * 3 + [True] * 2 + [False] * 4
