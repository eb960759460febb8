"""Plans of training: schedules, shares and rate weights that there may be; losses and the qualities of a step."""

from __future__ import annotations

import pytest
import torch

from model.losses import balanced, distortion, draw_positions
from model.schedule import rate_factor
from model.trainer import TrainingPlan


def test_ms_ssim_is_a_loss_of_large_crops() -> None:
    image = torch.rand(1, 3, 176, 176)
    restored = (image + 0.1 * torch.randn_like(image)).requires_grad_()
    difference, error = distortion("ms-ssim", restored, image)
    difference.sum().backward()
    assert (
        difference.shape == error.shape == (1,)
        and 0 < difference.item() < 1
        and error.item() == pytest.approx(0.01, rel=0.1)
    )
    assert restored.grad is not None and torch.isfinite(restored.grad).all()
    assert distortion("ms-ssim", image, image)[0].item() == pytest.approx(0.0, abs=1e-5)


def test_schedules() -> None:
    assert [rate_factor("paper", share) for share in (0, 0.79, 0.81, 0.96)] == [1.0, 1.0, 0.1, 0.01]
    assert [rate_factor("short", share) for share in (0.0, 0.5, 1.0, 2.0)] == pytest.approx([1.0, 0.505, 0.01, 0.01])
    assert (TrainingPlan(schedule="paper").first_rate, TrainingPlan(learning_rate=2e-4).first_rate) == (1e-4, 2e-4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", "lpips"),
        ("schedule", "long"),
        ("balance", 1.5),
        ("rounding_from", -0.1),
        ("synthetic_share", 1.1),
        ("steps", 0),
        ("seconds", -1.0),
        ("learning_rate", 0.0),
        ("average_decay", 1.0),
        ("whitening_share", 0.0),
    ],
)
def test_plans_name_the_wrong_value(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field} must be .*, not {value!r}"):
        TrainingPlan(**{"steps": 12, field: value})  # type: ignore[arg-type]


def test_ms_ssim_needs_large_crops() -> None:
    with pytest.raises(ValueError, match="crop must be at least 176 for the loss 'ms-ssim', not 128"):
        TrainingPlan(loss="ms-ssim")


@pytest.mark.parametrize("shares", [(1.1, 0.0), (-0.1, 0.0), (0.5, 0.5), (0.0, 1.0), (1.0, 0.1)])
def test_shares_that_leave_no_powers_of_two_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="share"):
        TrainingPlan(soft_share=shares[0], hardening_share=shares[1])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((16.0, 64.0), "rate weight must be between 32 and 8192, not 16"),
        ((64.0, 9000.0), "not 9000"),
        ((64.0, 32.0), "rate_weights must rise, not"),
    ],
)
def test_rate_weights_are_two_that_rise_within_the_range(weights: tuple[float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingPlan(rate_weights=weights)


def test_every_step_has_pictures_of_low_and_of_high_rates() -> None:
    torch.manual_seed(0)
    drawn = torch.stack([draw_positions(4, (2.0, 6.0)) for _ in range(200)])
    assert all(
        2.0 + place <= float(part.min()) and float(part.max()) <= 3.0 + place for place, part in enumerate(drawn.T)
    )
    assert bool(((drawn.mean(0) - torch.tensor([2.5, 3.5, 4.5, 5.5])).abs() < 0.1).all())
    assert torch.equal(draw_positions(3, (4.0, 4.0)), torch.full((3,), 4.0))


def test_balance_makes_rates_count_alike() -> None:
    positions = torch.tensor([0.0, 5.0, 8.0])  # lambda 32, 1024, 8192
    losses = torch.tensor([0.3, 1.2, 3.0], requires_grad=True)
    balanced(losses, positions, 1.0).sum().backward()
    torch.testing.assert_close(losses.grad, 1 / losses.detach())
    even, half = balanced(losses, positions, 0.0) / losses.log(), balanced(losses, positions, 0.5) / losses.log()
    assert even[0] < even[1] < even[2] and float(even[1]) == pytest.approx(1.0)
    torch.testing.assert_close(half, even.sqrt())
