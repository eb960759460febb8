"""Channel groups: distributions by what is coded before alone, for every quality, and gradients that reach all."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from host.layout import SIGNED_CHANNELS, part_size
from model.channel_groups import TAPS, CausalConv2d, FloatChannelGroups, group_sizes
from model.mixture import MixtureParameters, mixture_bits
from model.qualities import ANCHORS, interpolated

HEIGHT, WIDTH = 4, 6


def model_of(channels: int) -> FloatChannelGroups:
    """One whose every weight says something."""
    torch.manual_seed(0)
    model = FloatChannelGroups(channels)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def symbols_of(channels: int, count: int = 1) -> Tensor:
    return torch.randn(count, channels, HEIGHT, WIDTH).mul(3).round()


@pytest.mark.parametrize(
    ("channels", "sizes"),
    [(1, (1,)), (3, (3,)), (4, (4,)), (5, (4, 1)), (24, (4, 12, 8)), (256, (4, 12, 16, 32, 64, 128))],
)
def test_groups_double(channels: int, sizes: tuple[int, ...]) -> None:
    assert group_sizes(channels) == sizes
    groups = FloatChannelGroups(channels).groups
    assert [group.first for group in groups] == [sum(sizes[:index]) for index in range(len(sizes))]
    assert [group.count for group in groups] == list(sizes)


def test_wide_latents_take_few_multiplications() -> None:
    """Of a position at M = 256; the masked taps of a causal window cost nothing."""
    total = 0
    for name, weight in FloatChannelGroups(256).named_parameters():
        if name.endswith("within"):
            total += weight.numel()
        if weight.dim() == 4:
            causal = name.split(".")[-2] in ("own", "scale", "mean")
            total += weight[:, :, 0, 0].numel() * (TAPS if causal else weight[0, 0].numel())
    assert total < 600_000


def test_a_causal_convolution_sees_twelve_positions_before_its_own() -> None:
    layer = CausalConv2d(1, 1, is_biased=False)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    image = torch.zeros(1, 1, 7, 9, requires_grad=True)
    (seen,) = torch.autograd.grad(layer(image)[0, 0, 3, 4], image)
    wanted = torch.zeros(7, 9)
    wanted[1:3, 2:7] = 1
    wanted[3, 2:4] = 1
    assert torch.equal(seen[0, 0], wanted) and layer.mask.sum() == TAPS
    assert "mask" not in layer.state_dict()


def group_of(channel: int, sizes: tuple[int, ...]) -> int:
    return next(index for index in range(len(sizes)) if channel < sum(sizes[: index + 1]))


@pytest.mark.parametrize("channels", [18, 40])
def test_a_changed_latent_changes_no_distribution_before_it(channels: int) -> None:
    """Coding order: group by group, each in raster order, part by part at a position."""
    model, symbols, positions = model_of(channels), symbols_of(channels), torch.tensor([2.3])
    sizes = group_sizes(channels)
    owner = torch.tensor([group_of(channel, sizes) for channel in range(channels)])[:, None, None]
    place = torch.arange(HEIGHT * WIDTH).view(1, HEIGHT, WIDTH)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        before = model.distributions(symbols, positions)
        for channel in {0, sizes[0] - 1, sizes[0], *torch.randint(channels, (6,), generator=generator).tolist()}:
            number = int(torch.randint(HEIGHT * WIDTH, (1,), generator=generator))
            changed = symbols.clone()
            changed.view(1, channels, -1)[0, channel, number] += 30.0
            after = model.distributions(changed, positions)
            own = group_of(channel, sizes)
            is_later = (owner > own) | ((owner == own) & (place > number))
            size = part_size(sizes[own])
            parts = (torch.arange(channels)[:, None, None] - sum(sizes[:own])) // size
            is_next = (owner == own) & (place == number) & (parts > (channel - sum(sizes[:own])) // size)
            is_later |= is_next
            differs = torch.stack([(a != b)[0].any(-1) for a, b in zip(before, after, strict=True)]).any(0)
            assert not bool((differs & ~is_later).any()), (channel, number)
            assert bool(differs[is_next].all())
            if number % WIDTH < WIDTH - 1:  # all of the group at the next position, through what is hidden
                following = differs[(owner == own)[:, 0, 0]].flatten(1)[:, number + 1]
                assert bool(following.all())
            if own + 1 < len(sizes):  # the 3x3 positions around, of every group that follows
                row, column = divmod(number, WIDTH)
                around = differs[:, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
                assert bool(around[(owner > own)[:, 0, 0]].all())


def test_groups_are_coded_one_after_the_other() -> None:
    """A group has its distributions before anything of a later one is known."""
    model, symbols, positions = model_of(40), symbols_of(40), torch.tensor([5.0])
    unknown = symbols.clone()
    unknown[:, 16:] = 0
    with torch.no_grad():
        whole, part = model.distributions(symbols, positions), model.distributions(unknown, positions)
    assert all(torch.equal(a[:, :16], b[:, :16]) for a, b in zip(whole, part, strict=True))


def test_signs_count_in_the_first_channels_alone() -> None:
    model, symbols, positions = model_of(48), symbols_of(48), torch.tensor([5.0])
    turned = symbols.clone()
    turned[:, SIGNED_CHANNELS:] *= -1
    with torch.no_grad():
        before, after = model.distributions(symbols, positions), model.distributions(turned, positions)
        assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
        turned[:, :1] *= -1
        assert not torch.equal(model.distributions(turned, positions).means, before.means)


def test_a_quality_between_anchors_has_biases_between_theirs() -> None:
    model, symbols = model_of(12), symbols_of(12)
    between = FloatChannelGroups(12)
    between.load_state_dict(model.state_dict())
    with torch.no_grad():
        for group in between.groups:
            for bias in (group.hidden_bias, group.law_bias):
                bias.copy_(interpolated(bias, torch.tensor([3.25])).expand(ANCHORS, -1))
        found, expected = (
            model.distributions(symbols, torch.tensor([3.25])),
            between.distributions(symbols, torch.tensor([0.0])),
        )
        for pair in zip(found, expected, strict=True):
            torch.testing.assert_close(*pair)
        low, high = (model.distributions(symbols, torch.tensor([place])) for place in (3.0, 4.0))
        assert not torch.equal(low.log_scales, high.log_scales)


def test_each_picture_has_its_own_bits() -> None:
    model, symbols, positions = model_of(12), symbols_of(12, 3), torch.tensor([0.0, 4.5, 8.0])
    with torch.no_grad():
        together = model(symbols, symbols, positions)
        alone = [model(symbols[i : i + 1], symbols[i : i + 1], positions[i : i + 1]) for i in range(3)]
    assert together.shape == (3,) and bool((together > 0).all())
    torch.testing.assert_close(together, torch.cat(alone))


def test_bits_are_those_of_whole_numbers_by_their_distributions() -> None:
    model, symbols, positions = model_of(12), symbols_of(12), torch.tensor([4.0])
    noisy = symbols + torch.rand_like(symbols) - 0.5
    with torch.no_grad():
        expected = mixture_bits(symbols, *model.distributions(symbols, positions), mixture="laplace").sum((1, 2, 3))
        torch.testing.assert_close(model(symbols, symbols, positions), expected)
        torch.testing.assert_close(model(symbols, noisy, positions), expected)


def test_gradients_pass_straight_through_rounding() -> None:
    """Latents learn by the bits of noisy ones under fixed distributions, and by what they, rounded, tell of others;
    the distributions learn by whole numbers."""
    model, positions = model_of(12), torch.tensor([4.0])
    real = (3 * torch.randn(1, 12, HEIGHT, WIDTH)).requires_grad_()
    symbols = real + (real.round() - real).detach()
    noisy = real + torch.rand_like(real) - 0.5
    leaves = [real, *model.parameters()]
    found = torch.autograd.grad(model(symbols, noisy, positions).sum(), leaves)
    whole = real.detach().round().requires_grad_()
    distributions = model.distributions(whole, positions)
    by_distributions = mixture_bits(whole.detach(), *distributions, mixture="laplace").sum()
    expected = torch.autograd.grad(by_distributions, [whole, *model.parameters()], retain_graph=True)
    fixed = MixtureParameters(*(part.detach() for part in distributions))
    other = noisy.detach().requires_grad_()
    (direct,) = torch.autograd.grad(mixture_bits(other, *fixed, mixture="laplace").sum(), other)
    torch.testing.assert_close(found[0], expected[0] + direct)
    assert bool((direct != 0).any()) and bool((expected[0] != 0).any())
    for pair in zip(found[1:], expected[1:], strict=True):
        torch.testing.assert_close(*pair)
