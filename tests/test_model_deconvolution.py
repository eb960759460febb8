"""The implicit deconvolution: whitening, and the fold into one 1x1 convolution."""

import torch
from torch.nn import functional

from model.deconvolution import ImplicitDeconvolution, inverse_square_root


def test_inverse_square_root() -> None:
    torch.manual_seed(0)
    root = torch.randn(12, 12, dtype=torch.float64)
    matrix = root @ root.t() + 1e-2 * torch.eye(12, dtype=torch.float64)
    inverse = inverse_square_root(matrix, 40)
    torch.testing.assert_close(inverse @ matrix @ inverse, torch.eye(12, dtype=torch.float64))


def test_fold_equals_the_layer() -> None:
    torch.manual_seed(0)
    layer = ImplicitDeconvolution(6, 10)
    with torch.no_grad():
        layer.weight.normal_()
        layer.bias.normal_()
    mixing = torch.randn(6, 6)
    for _ in range(5):
        layer(torch.einsum("ij,bjhw->bihw", mixing, torch.randn(2, 6, 8, 8)) - 30)
    layer.eval()
    image = torch.einsum("ij,bjhw->bihw", mixing, torch.randn(2, 6, 8, 8)) - 30
    weight, bias = layer.fold()
    assert weight.shape == (10, 6) and bias.shape == (10,)
    folded = functional.conv2d(image, weight.float()[:, :, None, None], bias.float())
    torch.testing.assert_close(layer(image), folded, rtol=1e-4, atol=1e-3)


def test_running_statistics_whiten() -> None:
    torch.manual_seed(0)
    layer = ImplicitDeconvolution(4, 4, epsilon=1e-6, every=1)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(4))
    mixing = torch.tensor([[1.0, 0, 0, 0], [0.9, 0.5, 0, 0], [0.8, 0, 0.7, 0], [0.2, 0.1, 0, 2.0]])
    for _ in range(100):
        layer(torch.einsum("ij,bjhw->bihw", mixing, torch.randn(4, 4, 16, 16)) + 5)
    samples = layer.eval()(torch.einsum("ij,bjhw->bihw", mixing, torch.randn(8, 4, 32, 32)) + 5)
    flat = samples.permute(0, 2, 3, 1).reshape(-1, 4)
    torch.testing.assert_close(flat.t() @ flat / flat.shape[0], torch.eye(4), rtol=0, atol=0.08)


def test_starts_as_a_small_residual() -> None:
    layer = ImplicitDeconvolution(8, 8).eval()
    assert layer(torch.randn(1, 8, 4, 4)).abs().max() < 0.1
