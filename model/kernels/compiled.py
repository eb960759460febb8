"""The adder layer on the CPU by compiled loops, on all threads that torch may use.

Every map is zero-padded once, its channels up to a multiple of the vector length. Threads never share a sum, so that
no result depends on their number.
"""

import torch
from torch import Tensor

from model.kernels.loops import LANES, TILE, Task
from model.kernels.threads import share


def _up(number: int) -> int:
    return (number + LANES - 1) // LANES * LANES


def _padded(image: Tensor, padding: int) -> Tensor:
    batch, height, width, channels = image.shape
    result = torch.zeros(batch, height + 2 * padding, width + 2 * padding, _up(channels))
    result[:, padding : padding + height, padding : padding + width, :channels] = image
    return result


def _filters(weight: Tensor) -> Tensor:
    outputs, kernel, _, channels = weight.shape
    result = torch.zeros(_up(outputs), kernel, kernel, _up(channels))
    result[:outputs, :, :, :channels] = weight
    return result


def _sizes(x: Tensor, outputs: int, kernel: int, stride: int) -> tuple[int, ...]:
    rows, columns = ((side - kernel) // stride + 1 for side in x.shape[1:3])
    return *x.shape, outputs, kernel, stride, rows, columns


def forward(image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """y = -sum abs(x - w): image [B, H, W, C], weight [O, k, k, C] -> [B, H_out, W_out, O]."""
    x, outputs, kernel = _padded(image, padding), _up(weight.shape[0]), weight.shape[1]
    sizes = _sizes(x, outputs, kernel, stride)
    filters = _filters(weight).view(outputs // LANES, LANES, kernel, -1).permute(0, 2, 3, 1).contiguous()
    result = torch.zeros(len(x), *sizes[-2:], outputs)
    work = len(x) * sizes[-2] * sizes[-1] * filters.numel()
    share(Task.FORWARD, (x, filters, result), sizes, items=len(x) * sizes[-2], work=work)
    return result[..., : weight.shape[0]]


def gradients(
    gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int, image_needed: bool
) -> tuple[Tensor | None, Tensor]:
    """Gradients by image (None if not needed) and weight as AdderNet defines them; gradient [B, H_out, W_out, O]."""
    _, height, width, channels = image.shape
    x, upstream, filters = _padded(image, padding), _padded(gradient, 0), _filters(weight)
    outputs, kernel = filters.shape[:2]
    sizes, work = _sizes(x, outputs, kernel, stride), upstream.numel() * filters[0].numel()
    products = torch.zeros_like(filters)
    share(Task.WEIGHT, (upstream, x, products), sizes, items=outputs // TILE * kernel, work=work)
    by_weight = products - upstream.sum((0, 1, 2)).view(-1, 1, 1, 1) * filters
    by_weight = by_weight[: weight.shape[0], :, :, :channels]
    if not image_needed:
        return None, by_weight
    packed = filters.view(outputs, kernel * kernel, -1, LANES).permute(2, 1, 0, 3).contiguous()
    by_image = torch.zeros_like(x)
    share(Task.IMAGE, (upstream, x, packed, by_image), sizes, items=len(x) * x.shape[3] // LANES, work=work)
    return by_image[:, padding : padding + height, padding : padding + width, :channels], by_weight
