"""Networks of a user's own: layers in a row, trained in float, then quantized and lowered to an integer graph.

A network is an `nn.Sequential` of `DeepShiftConv2d`, `AdderConv2d` with the `ImplicitDeconvolution` that follows it,
`GDN`, `SapmE`, `SapmD`, `nn.Conv2d`, `nn.AvgPool2d`, `nn.PixelShuffle` behind a convolution, `Parallel` rows whose
results are added, and any module with a method `lower(target, name, x)`. Maps are rounded after every layer, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.adder import AdderConv2d
from model.codec import PIXEL_SCALE
from model.deconvolution import ImplicitDeconvolution
from model.gdn import GDN
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import PIXELS, BitWidths, Formats
from model.quantization.integer import IntegerTarget
from model.quantization.target import LoweringTarget, Map
from model.sapm import ParallelBranches, lower_adder, shuffle_order
from model.shift import DeepShiftConv2d
from ops import Graph, GraphBuilder, IntegerArray, TensorType

Order = Tensor | slice
"""Of the output channels of what lies before a shuffle."""

INPUT = "pixels"

Row = Sequence[tuple[str, nn.Module]]


class Parallel(nn.Module):
    """Rows of layers that take one map, their results added: [B, C, H, W] -> [B, O, H', W'].

    A row is a layer or an `nn.Sequential`; `nn.Identity` passes the map on.
    """

    def __init__(self, *rows: nn.Module) -> None:
        super().__init__()
        self.rows = nn.ModuleList(rows)

    def forward(self, image: Tensor) -> Tensor:
        results = [row(image) for row in self.rows]
        return sum(results[1:], results[0])


class QuantizedNetwork(nn.Module):
    """A network with the number formats of its maps: what its integer graph is made of.

    Called with bytes [B, C, H, W] it runs fake-quantized, with gradients that pass straight through what rounds: so it
    can be fine-tuned. `role` is that of the result: "pixels" are bytes, "wide" has 12 bits, "activation" 8.
    """

    def __init__(self, network: nn.Sequential, channels: int, formats: Formats, role: str, name: str) -> None:
        super().__init__()
        self.network, self.channels, self.formats, self.role, self.name = network, channels, formats, role, name
        _check_first(network)

    @classmethod
    @torch.no_grad()
    def calibrate(
        cls,
        network: nn.Sequential,
        pictures: npt.NDArray[np.uint8],
        role: str = "activation",
        name: str = "network",
        widths: BitWidths | None = None,
    ) -> QuantizedNetwork:
        """Chooses the formats on pictures (B, C, H, W), each layer on what the rounded layers before it deliver.

        Raises ValueError for layers that no primitives are known for.
        """
        quantized = cls(network.eval(), pictures.shape[1], Formats(widths or BitWidths()), role, name)
        quantized(torch.from_numpy(pictures))
        return quantized

    def forward(self, pictures: Tensor) -> Tensor:
        return self._lowered(FakeQuantizedTarget(self.formats), _pixels(pictures)).values

    def _lowered(self, target: LoweringTarget[Map], x: Map) -> Map:
        return _lower_row(list(self.network.named_children()), target, "", x, self.role)

    def graph(self) -> Graph:
        """The integer graph."""
        builder = GraphBuilder(self.name, INPUT, TensorType.of_format(self.channels, PIXELS))
        return builder.build(self._lowered(IntegerTarget(builder, self.formats), INPUT))

    @torch.no_grad()
    def evaluate(self, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """The fake-quantized forward of one map (C, H, W): every tensor of the graph as integers."""
        tensors: list[tuple[str, IntegerArray]] = []

        def observe(name: str, result: FakeMap) -> None:
            tensors.append((name, (result.values[0] * 2.0**result.frac).cpu().numpy().astype(np.int64)))

        self._lowered(FakeQuantizedTarget(self.formats, observe), _pixels(torch.from_numpy(x)[None]))
        yield from tensors


def _pixels(pictures: Tensor) -> FakeMap:
    return FakeMap(pictures.double() / PIXEL_SCALE, PIXELS.frac, PIXELS.width)


def _check_first(network: nn.Module) -> None:
    """Raise ValueError where adders meet pixels: their filters have the range of signed maps."""
    first = next(
        (layer for layer in network.modules() if isinstance(layer, AdderConv2d | DeepShiftConv2d | nn.Conv2d)), None
    )
    if isinstance(first, AdderConv2d):
        raise ValueError(
            "the first layer must be a convolution, not adders: pixels have no sign, and their filters have"
        )


def _lower_row(
    layers: Row, target: LoweringTarget[Map], prefix: str, x: Map, role: str | None, order: Order = slice(None)
) -> Map:
    """Layers one after the other; the last is rounded to `role`, or not where there is none."""
    groups = list(_groups(layers))
    for index, (name, parts) in enumerate(groups):
        following = groups[index + 1][1][0] if index + 1 < len(groups) else None
        between = "wide" if isinstance(following, GDN) else "activation"
        if following is None:
            x = _lower_group(parts, target, f"{prefix}{name}", x, role, order)
        else:
            x = _lower_group(parts, target, f"{prefix}{name}", x, between, slice(None))
    return x


def _groups(layers: Row) -> Iterator[tuple[str, list[nn.Module]]]:
    """Names, and layers that are lowered together: adders with what centres them, and what a shuffle follows."""
    waiting = list(layers)
    while waiting:
        name, layer = waiting.pop(0)
        parts = [layer]
        if isinstance(layer, AdderConv2d):
            if not waiting or not isinstance(waiting[0][1], ImplicitDeconvolution):
                raise ValueError(f"layer {name}: AdderConv2d must have an ImplicitDeconvolution behind it")
            parts.append(waiting.pop(0)[1])
        if waiting and isinstance(waiting[0][1], nn.PixelShuffle):
            parts.append(waiting.pop(0)[1])
        yield (f"layer{name}" if name.isdecimal() else name.lower()), parts


def _lower_group(
    parts: Sequence[nn.Module], target: LoweringTarget[Map], name: str, x: Map, role: str | None, order: Order
) -> Map:
    layer, shuffle = parts[0], parts[-1]
    if isinstance(layer, ParallelBranches):
        return layer.lower(target, name, x, "")  # type: ignore[operator, no-any-return]  # of a map without gains
    if hasattr(layer, "lower"):
        return layer.lower(target, name, x)  # type: ignore[operator, no-any-return]
    block = shuffle.upscale_factor if isinstance(shuffle, nn.PixelShuffle) else 1
    if block > 1:
        order = shuffle_order(_outputs(layer if len(parts) == 2 else parts[1]), block)
    x = _lower_layer(parts, target, name, x, order)
    if role is None and block > 1:
        raise ValueError(f"layer {name}: PixelShuffle must not end a row that is added to others")
    if role is not None and not isinstance(layer, nn.Identity):
        x = target.round(f"{name}.round", x, role)
    return target.depth_to_space(f"{name}.space", x, block) if block > 1 else x


def _outputs(layer: nn.Module) -> int:
    """Channels that a layer makes."""
    while isinstance(layer, Parallel | nn.Sequential):
        layer = list(layer.rows if isinstance(layer, Parallel) else layer)[-1]
    weight: Any = getattr(layer, "weight", None)
    if weight is None:
        raise ValueError(f"PixelShuffle must follow a convolution, not {type(layer).__name__}")
    return int(weight.shape[0])


def _lower_layer(parts: Sequence[nn.Module], target: LoweringTarget[Map], name: str, x: Map, order: Order) -> Map:
    layer = parts[0]
    if isinstance(layer, AdderConv2d):
        assert isinstance(parts[1], ImplicitDeconvolution)
        return lower_adder(layer, parts[1], target, name, x, order)
    if isinstance(layer, DeepShiftConv2d):
        return target.shift_conv(name, x, layer.quantized_weight()[order], None, stride=layer.stride)
    if isinstance(layer, nn.Conv2d):
        bias = None if layer.bias is None else layer.bias[order]
        return target.shift_conv(name, x, layer.weight[order], bias, "convolution", _stride(layer, name))
    if isinstance(layer, nn.AvgPool2d):
        return target.sum_pool(name, x, int(layer.kernel_size))  # type: ignore[arg-type]
    if isinstance(layer, Parallel):
        return _lower_parallel(layer, target, name, x, order)
    if isinstance(layer, nn.Identity):
        return x
    raise ValueError(f"layer {name}: no primitives are known for {type(layer).__name__}")


def _lower_parallel(layer: Parallel, target: LoweringTarget[Map], name: str, x: Map, order: Order) -> Map:
    """The sum of the rows, each exact at its end."""
    total: Map | None = None
    for number, row in enumerate(layer.rows):
        layers = list(row.named_children()) if isinstance(row, nn.Sequential) else [(str(number), row)]
        prefix = f"{name}.row{number}." if isinstance(row, nn.Sequential) else f"{name}."
        result = _lower_row(layers, target, prefix, x, None, order)
        total = result if total is None else target.add(f"{name}.sum{number}", total, result)
    assert total is not None
    return total


def _stride(layer: nn.Conv2d, name: str) -> int:
    """The stride of a convolution. Raises ValueError unless hardware has one of its kind."""
    kernel, stride = layer.kernel_size[0], layer.stride[0]
    usual = layer.kernel_size == (kernel, kernel) and layer.stride == (stride, stride) and layer.groups == 1
    if (
        not usual
        or layer.dilation != (1, 1)
        or layer.padding != ((kernel - 1) // 2,) * 2
        or layer.padding_mode != "zeros"
    ):
        raise ValueError(
            f"layer {name}: Conv2d must be square, dense and padded by (kernel - 1) // 2 zeros, not {layer}"
        )
    return stride
