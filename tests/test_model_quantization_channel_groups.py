"""The quantized channel groups: fake-quantized torch and the host have the same numbers, and the rate of the float."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from host.channel_groups import ChannelGroups
from host.kernels import kernels
from host.qualities import LAST_POSITION
from model.channel_groups import FloatChannelGroup, FloatChannelGroups
from model.mixture import mixture_bits
from model.quantization.channel_groups import GroupFormats, QuantizedChannelGroups
from sample_entropy import likely_symbols

POSITIONS = (0, 777, LAST_POSITION)


def lively_groups(channels: int, gain: float = 3.0) -> FloatChannelGroups:
    """A random model whose hidden numbers and distributions differ from place to place and from quality to quality."""
    torch.manual_seed(1)
    model = FloatChannelGroups(channels)
    for group in model.groups:
        assert isinstance(group, FloatChannelGroup)
        group.middle.weight.data *= gain
        group.laws.weight.data *= gain
        torch.nn.init.normal_(group.hidden_bias, std=0.3)
        torch.nn.init.normal_(group.law_bias, std=0.5)
        torch.nn.init.normal_(group.within, std=0.2)
        torch.nn.init.normal_(group.scale.weight, std=0.1)
        if group.mean is not None:
            torch.nn.init.normal_(group.mean.weight, std=0.1)
    return model


def symbols_of(channels: int, seed: int = 0, scale: float = 6.0) -> torch.Tensor:
    """One picture for each position."""
    pictures = [likely_symbols((channels, 7, 9), seed + index, scale) for index in range(len(POSITIONS))]
    return torch.from_numpy(np.stack(pictures)).float()


def raw_of_host(host: ChannelGroups, symbols: torch.Tensor, position: int) -> list[np.ndarray]:
    """Raw parameters of each group, [6 * G, H, W]."""
    maps, (height, width) = host.maps_of(symbols.numpy().astype(np.int64)), symbols.shape[1:]
    rows = [
        kernels().raw_parameters(maps, layers, kernels().sums_before(maps, layers), slice(None))
        for layers in host._layers(position)
    ]
    return [raw.T.reshape(-1, height, width) for raw in rows]


@pytest.mark.parametrize("channels", [3, 24, 40])
def test_fake_quantized_torch_equals_the_host(channels: int) -> None:
    quantized = QuantizedChannelGroups.calibrate(lively_groups(channels), symbols_of(channels), POSITIONS)
    host, symbols = quantized.host_model(), symbols_of(channels, seed=7)
    host = ChannelGroups.from_arrays(host.arrays())
    symbols[0, 0, 0, 0], symbols[1, 1, 3, 3] = -1024, 1023  # far beyond calibration: what clips clips alike
    found = quantized.raw_parameters(symbols, POSITIONS)
    for index, position in enumerate(POSITIONS):
        for torch_raw, host_raw in zip(found, raw_of_host(host, symbols[index], position), strict=True):
            np.testing.assert_array_equal(torch_raw[index].numpy(), host_raw)
            assert len(np.unique(host_raw)) > 8


@pytest.mark.parametrize("channels", [3, 40])
def test_rate_of_the_integers_is_that_of_the_float_model(channels: int) -> None:
    model, symbols = lively_groups(channels), symbols_of(channels, seed=7)
    quantized = QuantizedChannelGroups.calibrate(model, symbols_of(channels), POSITIONS)
    host = quantized.host_model()
    with torch.no_grad():
        real = model(symbols, symbols, torch.tensor(POSITIONS) / 256).sum().item()
        faked = mixture_bits(symbols.double(), *quantized.distributions(symbols, POSITIONS), mixture="laplace").numpy()
    pairs = zip(symbols.numpy().astype(np.int64), POSITIONS, strict=True)
    coded = np.stack([host.costs(picture, position)[0] for picture, position in pairs])
    assert faked.sum() == pytest.approx(real, rel=0.005)
    likely = faked < 20  # what is rarer takes 28 bits at most, where the float model pays for its surprise
    assert coded[likely].sum() == pytest.approx(faked[likely].sum(), rel=0.002) and coded.max() <= 28
    np.testing.assert_allclose(coded[likely], faked[likely], rtol=0.02, atol=0.01)


def test_gradients_pass_straight_through() -> None:
    model, symbols = lively_groups(24), symbols_of(24).double().requires_grad_()
    quantized = QuantizedChannelGroups.calibrate(model, symbols_of(24), POSITIONS)
    distributions = quantized.distributions(symbols, POSITIONS)
    mixture_bits(symbols, *distributions, mixture="laplace").sum().backward()
    found, symbols.grad = symbols.grad, None
    positions = torch.tensor(POSITIONS).double() / 256
    mixture_bits(symbols, *model.double().distributions(symbols, positions), mixture="laplace").sum().backward()
    assert found is not None and symbols.grad is not None
    assert torch.nn.functional.cosine_similarity(found.flatten(), symbols.grad.flatten(), 0) > 0.98


def test_formats_make_the_same_model() -> None:
    model = lively_groups(24)
    quantized = QuantizedChannelGroups.calibrate(model, symbols_of(24), POSITIONS)
    formats = GroupFormats.from_dictionary(json.loads(json.dumps(quantized.formats.to_dictionary())))
    assert formats == quantized.formats
    assert QuantizedChannelGroups(model, formats).host_model().digest() == quantized.host_model().digest()


def test_weights_that_leave_no_fractional_bits_are_refused() -> None:
    model = lively_groups(3)
    model.groups[0].laws.weight.data *= 1e5  # type: ignore[operator, union-attr]
    with pytest.raises(
        ValueError, match="the weights of the distributions from channel 0 on must leave 10 fractional bits"
    ):
        QuantizedChannelGroups.calibrate(model, symbols_of(3), POSITIONS)


def test_a_silent_group_is_no_special_case() -> None:
    """All weights zero: formats are found, and every symbol has one distribution."""
    model = FloatChannelGroups(3)
    for parameter in model.parameters():
        parameter.data.zero_()
    quantized = QuantizedChannelGroups.calibrate(model, symbols_of(3), POSITIONS)
    (raw,) = raw_of_host(quantized.host_model(), symbols_of(3)[0], 5)
    assert (raw.max((1, 2)) == raw.min((1, 2))).all()
