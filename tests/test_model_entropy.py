"""Entropy models: proper distributions, finite far out, gradients as differences say, and a context that is causal."""

import math

import pytest
import torch
from torch import Tensor

from model.channel_groups import FloatChannelGroups
from model.context import ContextModel, MaskedConv2d
from model.factorized import FactorizedPrior
from model.hyper import HyperAnalysis, HyperSynthesis
from model.mixture import bounded, log_gaussian_mass, log_laplace_mass, mixture_bits
from model.prior import MixturePrior
from model.rounding import quantize

MASSES = {"laplace": log_laplace_mass, "gaussian": log_gaussian_mass}


def random_parameters(*shape: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(*shape), 3 * torch.randn(*shape), torch.randn(*shape)


@pytest.mark.parametrize("mixture", MASSES)
def test_masses_equal_differences_of_the_distribution(mixture: str) -> None:
    distance = torch.linspace(0, 6, 61, dtype=torch.float64)
    for log_scale in (-2.0, 0.0, 2.0):
        scale = torch.tensor(math.exp(log_scale), dtype=torch.float64)
        distribution = (
            torch.distributions.Laplace(0.0, scale) if mixture == "laplace" else torch.distributions.Normal(0.0, scale)
        )
        expected = distribution.cdf(0.5 - distance) - distribution.cdf(-0.5 - distance)
        found = MASSES[mixture](distance, scale.log()).exp()
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("mixture", MASSES)
@pytest.mark.parametrize("components", [1, 3])
def test_a_mixture_is_a_distribution(mixture: str, components: int) -> None:
    values = torch.arange(-200.0, 201.0)
    total = torch.exp2(-mixture_bits(values, *random_parameters(components), mixture=mixture)).sum()
    assert total.item() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("mixture", MASSES)
def test_bits_and_gradients_stay_finite(mixture: str) -> None:
    values = torch.tensor([0.0, 0.5, -0.5, 1e-6, 127.0, -128.0, 300.0]).view(-1, 1, 1)
    log_scales = torch.tensor([-50.0, -4.0, 0.0, 5.0, 50.0]).view(1, -1, 1, 1).expand(7, 5, 1, 2)
    parameters = [torch.zeros(7, 5, 1, 2), torch.zeros(7, 5, 1, 2), log_scales.clone()]
    parameters[0][..., 1] = -80.0
    leaves = [p.requires_grad_() for p in (values.expand(7, 5, 1).clone(), *parameters)]
    bits = mixture_bits(*leaves, mixture=mixture)
    bits.sum().backward()
    assert torch.isfinite(bits).all() and bool((bits >= 0).all())
    assert all(torch.isfinite(leaf.grad).all() for leaf in leaves if leaf.grad is not None)
    # even the farthest outlier tells its distribution where to go
    means = leaves[2].grad
    assert means is not None and bool((means[4, 2] < 0).all())


@pytest.mark.parametrize("mixture", MASSES)
def test_gradients_equal_differences(mixture: str) -> None:
    leaves = [p.double().requires_grad_() for p in (4 * torch.randn(5, 1), *random_parameters(5, 1, 3))]
    torch.autograd.gradcheck(lambda *x: mixture_bits(*x, mixture=mixture), leaves)


def test_a_bounded_value_can_come_back() -> None:
    value = torch.tensor([-9.0, -9.0, 9.0, 9.0, 0.0], requires_grad=True)
    (bounded(value, -4, 5) * torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])).sum().backward()
    assert value.grad is not None
    assert value.grad.tolist() == [0.0, -1.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("mixture", MASSES)
def test_the_static_prior_is_a_distribution_for_each_channel(mixture: str) -> None:
    prior = MixturePrior(2, mixture=mixture)
    with torch.no_grad():
        prior.means.normal_()
        prior.logits.normal_()
    values = torch.arange(-60.0, 61.0)
    for position in (0.0, 4.5, 8.0):
        for channel in range(2):
            pictures = torch.zeros(121, 2, 1, 1)
            pictures[:, channel, 0, 0] = values
            bits = prior(pictures, pictures, torch.full((121,), position))
            joint = torch.exp2(-bits).sum()  # the mass of the other channel's zero
            other = torch.zeros(121, 2, 1, 1)
            other[:, 1 - channel, 0, 0] = values
            mass = torch.exp2(-prior(other, other, torch.full((121,), position)))
            torch.testing.assert_close(mass.sum() * joint, mass[60], rtol=1e-3, atol=0)


def test_the_factorized_prior_is_a_distribution_and_learns() -> None:
    torch.manual_seed(0)
    prior = FactorizedPrior(3)
    values = torch.arange(-3000.0, 3001.0).view(1, 1, 1, -1).expand(1, 3, 1, -1)
    total = torch.exp2(-prior(values)).sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-3)
    samples = 4 * torch.randn(1, 3, 1, 400) + 7
    optimizer = torch.optim.Adam(prior.parameters(), lr=0.02)
    for _ in range(250):
        optimizer.zero_grad()
        loss = prior(samples).mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < math.log2(4 * math.sqrt(2 * math.pi * math.e)) + 0.15
    extremes = prior(torch.tensor([-128.0, 127.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2))
    assert torch.isfinite(extremes).all()


@pytest.mark.parametrize("mixture", MASSES)
def test_a_later_latent_never_changes_an_earlier_likelihood(mixture: str) -> None:
    torch.manual_seed(0)
    model = ContextModel(4, 6, 2, mixture).eval()
    latents, features = torch.randn(1, 4, 6, 7).mul(5).round(), torch.randn(1, 8, 6, 7)
    positions = torch.tensor([3.7])

    def bits(values: Tensor) -> Tensor:
        return mixture_bits(values, *model.parameters_of(values, features, positions), mixture=mixture).flatten(2)

    with torch.no_grad():
        before = bits(latents)
        for position in range(6 * 7):
            changed = latents.clone()
            changed.view(1, 4, -1)[:, 1, position] += 50.0
            after = bits(changed)
            assert torch.equal(after[..., :position], before[..., :position])
            # channels of one position do not see each other
            assert torch.equal(after[:, [0, 2, 3], position], before[:, [0, 2, 3], position])
            if position + 1 < 6 * 7 and position % 7 < 6:
                assert not torch.equal(after[..., position + 1], before[..., position + 1])


def test_the_mask_leaves_twelve_taps_and_no_gradient_elsewhere() -> None:
    layer = MaskedConv2d(2, 3)
    assert int(layer.mask.sum()) == 12 and "mask" not in layer.state_dict()
    layer(torch.randn(1, 2, 6, 6)).sum().backward()
    assert layer.weight.grad is not None
    assert bool((layer.weight.grad[:, :, layer.mask[0, 0] == 0] == 0).all())


@pytest.mark.parametrize("sides", [(1, 1), (3, 5), (8, 8), (32, 48), (13, 9)])
@pytest.mark.parametrize("step", [1, 2])
def test_hyper_networks_fit_any_sides(sides: tuple[int, int], step: int) -> None:
    hyper = HyperAnalysis(4, 6, step)(torch.randn(2, 4, *sides))
    reduction = 4 * step
    assert hyper.shape == (2, 6, -(-sides[0] // reduction), -(-sides[1] // reduction))
    assert HyperSynthesis(6, 4, step)(hyper, *sides).shape == (2, 8, *sides)


@pytest.mark.slow
def test_context_lowers_the_rate_of_smooth_latents() -> None:
    torch.manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.randn(4, 4, 3, 3) * 12, size=(12, 12), mode="bilinear").round()
    rates, positions = {}, torch.full((4,), 5.0)
    models = {"static": MixturePrior(4), "context": ContextModel(4, 6, 3), "groups": FloatChannelGroups(4)}
    for name, model in models.items():
        optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
        for _ in range(200):
            optimizer.zero_grad()
            loss = model(smooth, quantize(smooth, is_training=True), positions).sum()
            (loss / smooth.numel()).backward()
            optimizer.step()
        with torch.no_grad():
            rates[name] = float(model.eval()(smooth, smooth, positions).sum()) / smooth.numel()
    assert rates["context"] < 0.8 * rates["static"] and rates["groups"] < 0.8 * rates["static"], rates
