"""An integer graph in torch: the same integers, as floats, forward; gradients straight through what rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from model.adder import negated_distance
from model.mixture import bounded
from model.quantization.straight import replaced
from ops import (
    Add,
    DepthToSpace,
    Fixed,
    GdnNormalize,
    Graph,
    InverseGdnNormalize,
    L1Conv2d,
    Primitive,
    Requant,
    ShiftConv2d,
    Square,
    SumPool2d,
)

Constants = tuple[Tensor, ...]


class GraphTwin:
    """Computes a graph on float32 maps of whole numbers [1, C, H, W]; sums beyond 2**24 lose their last digits.

    Raises ValueError for a primitive that it does not know.
    """

    def __init__(self, graph: Graph) -> None:
        others = sorted({type(node.operation).__name__ for node in graph.nodes if type(node.operation) not in TWINS})
        if others:
            raise ValueError(
                f"{graph.name}: primitives must be among {sorted(kind.__name__ for kind in TWINS)}, not {others[0]}"
            )
        self.graph = graph
        self.constants = {node.name: _constants(node.operation) for node in graph.nodes}
        self.last_use = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}

    def __call__(self, x: Tensor) -> Tensor:
        maps = {self.graph.input_name: x}
        for index, node in enumerate(self.graph.nodes):
            inputs = (maps[name] for name in node.inputs)
            maps[node.name] = TWINS[type(node.operation)](node.operation, self.constants[node.name], *inputs)
            for name in node.inputs:
                if self.last_use[name] == index:
                    maps.pop(name, None)
        return maps[self.graph.output_name]


def _constants(operation: Primitive) -> Constants:
    if isinstance(operation, ShiftConv2d):
        return _floats(operation.weights()), _floats(operation.bias)
    if isinstance(operation, L1Conv2d):
        return _floats(operation.weight), _floats(operation.bias)
    return ()


def _floats(values: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _convolved(operation: ShiftConv2d, constants: Constants, x: Tensor) -> Tensor:
    """Windows have (kernel - 1) // 2 taps before their centre."""
    weight, bias = constants
    kernel, stride = weight.shape[-1], operation.stride
    before = (kernel - 1) // 2
    after = [max(0, (-(-size // stride) - 1) * stride + kernel - before - size) for size in x.shape[2:]]
    padded = functional.pad(x, (before, after[1], before, after[0])) if kernel > 1 else x
    return functional.conv2d(padded, weight, bias, stride=stride)


def _distances(operation: L1Conv2d, constants: Constants, x: Tensor) -> Tensor:
    weight, bias = constants
    return bias[:, None, None] + negated_distance(x * 2.0**operation.lift, weight, operation.stride)


def _requantized(operation: Requant, _: Constants, x: Tensor) -> Tensor:
    fixed = Fixed(operation.width, 0, bool(operation.signed))
    inside = bounded(x * 2.0**-operation.shift, fixed.low, fixed.high)
    return replaced(inside, torch.floor(inside + 0.5))


def _normalized(operation: GdnNormalize, _: Constants, x: Tensor, norm: Tensor) -> Tensor:
    quotient = x * 2.0**operation.shift / _root(norm).clamp(min=1)
    return replaced(quotient, quotient.trunc())


def _added(operation: Add, _: Constants, a: Tensor, b: Tensor) -> Tensor:
    return a * 2.0**operation.shift_a + b * 2.0**operation.shift_b


def _pooled(operation: SumPool2d, _: Constants, x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, operation.kernel) * float(operation.kernel**2)


def _rearranged(operation: DepthToSpace, _: Constants, x: Tensor) -> Tensor:
    block = operation.block
    batch, channels, height, width = x.shape
    blocks = x.reshape(batch, block, block, channels // block**2, height, width).permute(0, 3, 4, 1, 5, 2)
    return blocks.reshape(batch, -1, height * block, width * block)


def _root(norm: Tensor) -> Tensor:
    root = torch.sqrt(norm.clamp(min=1))  # below, only zero remains: a root without gradient
    return torch.where(norm >= 1, replaced(root, torch.floor(root)), 0.0)


TWINS: dict[type[Primitive], Callable[..., Tensor]] = {
    Add: _added,
    DepthToSpace: _rearranged,
    GdnNormalize: _normalized,
    InverseGdnNormalize: lambda _, __, x, norm: x * _root(norm),
    L1Conv2d: _distances,
    Requant: _requantized,
    ShiftConv2d: _convolved,
    Square: lambda _, __, x: x.square(),
    SumPool2d: _pooled,
}
"""Each takes the primitive, its constants and its inputs."""
