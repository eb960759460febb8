"""The adder layer against float64 formulas: forward, both gradients, the adaptive scale and the fallback."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.adder import AdderConv2d, adaptive_scale
from model.kernels import clipped_gradient, l1_product, patches, plain, scatter_patches

GEOMETRIES = [(5, 2, 3, 5, 8, 8), (3, 1, 4, 8, 6, 10), (1, 1, 2, 3, 4, 4), (5, 2, 2, 4, 7, 9)]


def _differences(image: Tensor, weight: Tensor, stride: int) -> Tensor:
    """w - x for every output, tap and position, [B, O, K, L], in float64."""
    outputs, kernel = weight.shape[0], weight.shape[2]
    columns = functional.unfold(image.double(), kernel, padding=kernel // 2, stride=stride)
    return weight.double().reshape(1, outputs, -1, 1) - columns.unsqueeze(1)


@pytest.mark.parametrize(("kernel", "stride", "inputs", "outputs", "height", "width"), GEOMETRIES)
def test_forward_and_gradients(kernel: int, stride: int, inputs: int, outputs: int, height: int, width: int) -> None:
    torch.manual_seed(0)
    layer = AdderConv2d(inputs, outputs, kernel, stride, spread=1.0)
    image = (2 * torch.randn(2, inputs, height, width)).requires_grad_()
    result = layer(image)
    upstream = torch.randn_like(result)
    result.backward(upstream)

    difference = _differences(image.detach(), layer.weight.detach(), stride)
    expected = -difference.abs().sum(2).reshape(result.shape)
    torch.testing.assert_close(result.double(), expected, rtol=1e-5, atol=1e-4)

    flow = upstream.double().flatten(2).unsqueeze(2)
    weight_gradient = (flow * -difference).sum((0, 3)).reshape(layer.weight.shape)
    assert layer.weight.grad is not None and image.grad is not None
    torch.testing.assert_close(layer.weight.grad.double(), weight_gradient, rtol=1e-4, atol=1e-3)

    columns = (flow * difference.clamp(-1, 1)).sum(1)
    image_gradient = functional.fold(columns, (height, width), kernel, padding=kernel // 2, stride=stride)
    torch.testing.assert_close(image.grad.double(), image_gradient, rtol=1e-4, atol=1e-4)


def test_padding_takes_part() -> None:
    layer = AdderConv2d(1, 1, 3)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    assert layer(torch.ones(1, 1, 1, 1)).item() == -8.0


def test_adaptive_scale_fixes_the_root_mean_square() -> None:
    layer = AdderConv2d(3, 4, 3)
    layer(torch.randn(1, 3, 6, 6)).sum().backward()
    layer.scale_gradient(0.02)
    assert layer.weight.grad is not None
    assert layer.weight.grad.square().mean().sqrt().item() == pytest.approx(0.02, rel=1e-4)
    assert torch.isfinite(adaptive_scale(torch.zeros(4), 0.02))


@pytest.mark.parametrize(("positions", "taps", "outputs"), [(1, 1, 1), (5, 7, 3), (9, 33, 12)])
def test_kernels_equal_the_fallback(positions: int, taps: int, outputs: int) -> None:
    columns, weight = torch.randn(positions, taps), torch.randn(outputs, taps)
    gradient = torch.randn(positions, outputs)
    torch.testing.assert_close(l1_product(columns, weight), plain.l1_product(columns, weight))
    expected = plain.clipped_gradient(gradient, columns, weight)
    torch.testing.assert_close(clipped_gradient(gradient, columns, weight), expected, rtol=1e-4, atol=1e-5)


def test_patches_and_their_transpose_equal_the_fallback() -> None:
    image = torch.randn(2, 6, 5, 3)
    columns = patches(image, 3, 2, 1)
    assert torch.equal(columns, plain.patches(image, 3, 2, 1))
    geometry = (2, 6, 5, 3, 2, 1)
    torch.testing.assert_close(scatter_patches(columns, *geometry), plain.scatter_patches(columns, *geometry))
