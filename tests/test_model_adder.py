"""The adder layer against float64 formulas, by every kernel: forward, both gradients, threads, the adaptive scale."""

import importlib.util
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.adder import AdderConv2d, adaptive_scale
from model.kernels import dispatch, plain

GEOMETRIES = [
    (5, 2, 3, 5, 8, 8),
    (3, 1, 4, 8, 6, 10),
    (1, 1, 2, 3, 4, 4),
    (5, 2, 17, 9, 7, 19),
    (3, 1, 33, 34, 5, 13),
    (3, 3, 2, 3, 5, 7),
]
"""kernel, stride, inputs, outputs, height, width: odd sizes, more and fewer channels than a vector has lanes"""


def compiled_kernels(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return pytest.importorskip("model.kernels.compiled", reason="numba is not installed")


def fused_kernels(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The Triton kernels, run by Triton's interpreter where there is no GPU."""
    pytest.importorskip("triton", reason="Triton is not installed")
    if not torch.cuda.is_available():
        monkeypatch.setenv("TRITON_INTERPRET", "1")
    path = Path(plain.__file__).with_name("fused.py")
    specification = importlib.util.spec_from_file_location("interpreted", path)  # a copy that reads the variable anew
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


KERNELS = {"plain": lambda monkeypatch: plain, "compiled": compiled_kernels, "fused": fused_kernels}


def layer_of(geometry: tuple[int, ...]) -> tuple[AdderConv2d, Tensor]:
    kernel, stride, inputs, outputs, height, width = geometry
    torch.manual_seed(0)
    return AdderConv2d(inputs, outputs, kernel, stride, spread=1.0), 2 * torch.randn(2, inputs, height, width)


def results(layer: AdderConv2d, image: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Output, gradient by the image, gradient by the weights."""
    leaf = image.clone().requires_grad_()
    layer.weight.grad = None
    result = layer(leaf)
    result.backward(upstream)
    assert layer.weight.grad is not None and leaf.grad is not None
    return result.detach(), leaf.grad, layer.weight.grad


def formulas(layer: AdderConv2d, image: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What `results` must be, in float64 from every single difference w - x, [B, O, K, L]."""
    weight = layer.weight.detach().double()
    outputs, kernel = weight.shape[0], weight.shape[2]
    geometry = {"kernel_size": kernel, "padding": kernel // 2, "stride": layer.stride}
    columns = functional.unfold(image.double(), **geometry)
    difference = weight.reshape(1, outputs, -1, 1) - columns.unsqueeze(1)
    flow = upstream.double().flatten(2).unsqueeze(2)
    by_image = functional.fold((flow * difference.clamp(-1, 1)).sum(1), image.shape[2:], **geometry)
    by_weight = (flow * -difference).sum((0, 3)).reshape(weight.shape)
    return -difference.abs().sum(2).reshape(upstream.shape), by_image, by_weight


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_forward_and_gradients(name: str, geometry: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = KERNELS[name](monkeypatch)
    monkeypatch.setattr(dispatch, "_kernels", lambda image: kernels)
    layer, image = layer_of(geometry)
    if name == "fused" and torch.cuda.is_available():
        layer, image = layer.cuda(), image.cuda()
    upstream = torch.randn_like(layer(image).detach())
    expected = formulas(layer, image, upstream)
    for value, correct in zip(results(layer, image, upstream), expected, strict=True):
        torch.testing.assert_close(value.double(), correct, rtol=1e-5, atol=2e-5)


def compiled_results(compiled: ModuleType, geometry: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Output and both gradients (with the output as upstream) by the kernels themselves."""
    layer, image = layer_of(geometry)
    maps, weight = image.permute(0, 2, 3, 1), layer.weight.detach().permute(0, 2, 3, 1)
    result = compiled.forward(maps, weight, layer.stride, weight.shape[1] // 2)
    return result, *compiled.gradients(result, maps, weight, layer.stride, weight.shape[1] // 2, True)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The compiled kernels, which share even the least work among two threads."""
    compiled, before = compiled_kernels(monkeypatch), torch.get_num_threads()
    monkeypatch.setattr("model.kernels.threads.WORK_ALONE", 0)
    torch.set_num_threads(2)
    yield compiled
    torch.set_num_threads(before)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_no_result_depends_on_the_number_of_threads(geometry: tuple[int, ...], shared: ModuleType) -> None:
    found = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        found.append(compiled_results(shared, geometry))
    for values in found[1:]:
        assert all(torch.equal(value, first) for value, first in zip(values, found[0], strict=True))


def test_a_forked_process_does_not_wait_for_threads_of_its_parent(shared: ModuleType) -> None:
    expected = compiled_results(shared, GEOMETRIES[0])

    def child() -> None:
        found = compiled_results(shared, GEOMETRIES[0])
        os._exit(0 if all(torch.equal(*pair) for pair in zip(found, expected, strict=True)) else 1)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(30)
    process.kill()
    assert process.exitcode == 0


def test_without_openmp_one_thread_does_all(shared: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = compiled_results(shared, GEOMETRIES[0])
    monkeypatch.setattr("model.kernels.threads._parallel", lambda: None)
    assert all(torch.equal(*pair) for pair in zip(compiled_results(shared, GEOMETRIES[0]), expected, strict=True))


def test_other_precisions_run_in_plain_torch() -> None:
    layer, image = layer_of(GEOMETRIES[0])
    upstream = torch.randn_like(layer(image).detach()).double()
    for value, correct in zip(
        results(layer.double(), image.double(), upstream), formulas(layer, image, upstream), strict=True
    ):
        torch.testing.assert_close(value, correct)


def test_no_gradient_by_an_image_that_needs_none() -> None:
    layer, image = layer_of(GEOMETRIES[1])
    upstream = torch.randn_like(layer(image).detach())
    expected = results(layer, image, upstream)[2]
    layer.weight.grad = None
    layer(image).backward(upstream)
    assert layer.weight.grad is not None and torch.equal(layer.weight.grad, expected)


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
