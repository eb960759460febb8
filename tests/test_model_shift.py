"""The shift layer: its weights are powers of two in a window of seven per channel, its gradient passes straight."""

import torch

from model.shift import DeepShiftConv2d, Exponents


def test_every_weight_is_zero_or_a_power_of_two_in_the_window() -> None:
    layer = DeepShiftConv2d(6, 5, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.randn_like(layer.weight) * 10.0 ** torch.randint(-3, 2, layer.weight.shape))
    quantized = layer.quantized_weight()
    exponents = quantized[quantized != 0].abs().log2()
    assert torch.equal(exponents, exponents.round())
    for channel, base in zip(quantized, Exponents().bases_of(layer.weight), strict=True):
        used = channel[channel != 0].abs().log2()
        assert used.max() == base and used.min() >= base - 6


def test_columns_of_the_kernel_may_have_windows_of_their_own() -> None:
    exponents, weight = Exponents(4, "column"), torch.randn(5, 8, 3, 3) * torch.tensor([1.0, 64.0, 1 / 16])
    quantized = exponents.quantize(weight)
    for column, base in zip(quantized.movedim(3, 1).flatten(0, 1), exponents.bases_of(weight).flatten(), strict=True):
        used = column[column != 0].abs().log2()
        assert used.max() == base and used.min() >= base - 3
    assert int((Exponents(4).quantize(weight) != 0).sum()) < int((quantized != 0).sum())


def test_rounds_in_the_log_domain() -> None:
    weight = torch.tensor([1.0, -0.72, 0.70, 0.3, -1 / 64, 1 / 128, 0.0]).view(1, 7, 1, 1)
    expected = torch.tensor([1.0, -1.0, 0.5, 0.25, -1 / 64, 0.0, 0.0])
    assert torch.equal(Exponents().quantize(weight).flatten(), expected)


def test_a_channel_of_zeros_stays_zero() -> None:
    assert torch.equal(Exponents().quantize(torch.zeros(2, 3, 1, 1)), torch.zeros(2, 3, 1, 1))


def test_gradient_is_that_of_a_convolution_with_the_quantized_weight() -> None:
    layer = DeepShiftConv2d(3, 4, 5, stride=2)
    image = torch.randn(2, 3, 8, 8)
    result = layer(image)
    assert result.shape == (2, 4, 4, 4)
    result.square().sum().backward()
    weight = layer.quantized_weight().detach().requires_grad_()
    torch.nn.functional.conv2d(image, weight, stride=2, padding=2).square().sum().backward()
    torch.testing.assert_close(layer.weight.grad, weight.grad)


def test_weights_harden_share_by_share_and_then_stand_still() -> None:
    layer = DeepShiftConv2d(8, 16, 5)
    rounded = layer.quantized_weight().detach()
    hard_before = torch.zeros_like(rounded, dtype=torch.bool)
    for hardness in (0.0, 0.25, 0.75, 1.0):
        layer.harden(hardness)
        between = layer.quantized_weight()
        is_hard = between != layer.weight
        assert torch.equal(between[is_hard], rounded[is_hard])
        assert abs(float(is_hard.float().mean()) - hardness) < 0.03
        assert bool(is_hard[hard_before].all())
        (gradient,) = torch.autograd.grad(between.square().sum(), layer.weight)
        torch.testing.assert_close(gradient, torch.where(is_hard, 0.0, 2 * between.detach()))
        hard_before = is_hard


def test_large_weights_harden_first_in_the_order_of_the_moment() -> None:
    layer = DeepShiftConv2d(3, 4, 3)
    layer.harden(0.0)
    layer.weight.data = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    layer.harden(0.25)
    hard = layer.order < 0.25
    assert int(hard.sum()) == 27 and bool(layer.weight[hard].abs().min() >= layer.weight[~hard].abs().max())
    before = layer.order.clone()
    layer.weight.data = layer.weight.data.flip(0)
    layer.harden(0.5)
    assert torch.equal(layer.order, before) and "order" not in layer.state_dict()


def test_powers_below_the_window_are_dropped() -> None:
    weight = torch.tensor([8.0, -4.0, 2.0, 1.0, 1.0, -0.5, 0.25, 0.0]).reshape(2, 4, 1, 1)
    kept = Exponents(2).kept(weight).flatten().tolist()
    assert kept == [8.0, -4.0, 0.0, 0.0, 1.0, -0.5, 0.0, 0.0]
