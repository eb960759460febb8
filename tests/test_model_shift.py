"""The shift layer: its weights are powers of two in a window of seven per channel, its gradient passes straight."""

import torch

from model.shift import ShiftConv2d, base_exponents, quantize_to_shifts, within_window


def test_every_weight_is_zero_or_a_power_of_two_in_the_window() -> None:
    layer = ShiftConv2d(6, 5, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.randn_like(layer.weight) * 10.0 ** torch.randint(-3, 2, layer.weight.shape))
    quantized = layer.quantized_weight()
    exponents = quantized[quantized != 0].abs().log2()
    assert torch.equal(exponents, exponents.round())
    for channel, base in zip(quantized, base_exponents(layer.weight), strict=True):
        used = channel[channel != 0].abs().log2()
        assert used.max() == base and used.min() >= base - 6


def test_rounds_in_the_log_domain() -> None:
    weight = torch.tensor([1.0, -0.72, 0.70, 0.3, -1 / 64, 1 / 128, 0.0]).view(1, 7, 1, 1)
    expected = torch.tensor([1.0, -1.0, 0.5, 0.25, -1 / 64, 0.0, 0.0])
    assert torch.equal(quantize_to_shifts(weight).flatten(), expected)


def test_a_channel_of_zeros_stays_zero() -> None:
    assert torch.equal(quantize_to_shifts(torch.zeros(2, 3, 1, 1)), torch.zeros(2, 3, 1, 1))


def test_gradient_is_that_of_a_convolution_with_the_quantized_weight() -> None:
    layer = ShiftConv2d(3, 4, 5, stride=2)
    image = torch.randn(2, 3, 8, 8)
    result = layer(image)
    assert result.shape == (2, 4, 4, 4)
    result.square().sum().backward()
    weight = layer.quantized_weight().detach().requires_grad_()
    torch.nn.functional.conv2d(image, weight, stride=2, padding=2).square().sum().backward()
    torch.testing.assert_close(layer.weight.grad, weight.grad)


def test_weights_harden_from_what_is_trained_to_powers_of_two() -> None:
    layer = ShiftConv2d(3, 4, 3)
    rounded = layer.quantized_weight().detach()
    assert not torch.equal(rounded, layer.weight)
    for hardness in (0.0, 0.25):
        layer.hardness = hardness
        between = layer.quantized_weight()
        torch.testing.assert_close(between, layer.weight + hardness * (rounded - layer.weight))
        (gradient,) = torch.autograd.grad(between.square().sum(), layer.weight)
        torch.testing.assert_close(gradient, 2 * between.detach())


def test_powers_below_the_window_are_dropped() -> None:
    weight = torch.tensor([8.0, -4.0, 2.0, 1.0, 1.0, -0.5, 0.25, 0.0]).reshape(2, 4, 1, 1)
    kept = within_window(weight, 2).flatten().tolist()
    assert kept == [8.0, -4.0, 0.0, 0.0, 1.0, -0.5, 0.0, 0.0]
