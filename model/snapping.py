"""Weights put where their rounding puts them, so that a quantized codec has the same ones in floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from model.codec import TRANSFORMS, Codec
from model.deconvolution import ImplicitDeconvolution
from model.gains import SOURCES
from model.lowering import QuantizedCodec, lower, pixel_map
from model.quantization.compensation import Correction
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import Formats
from model.quantization.weights import beyond_grid, on_grid
from model.sapm import ParallelBranches, SapmD, shuffle_order
from model.shift import round_shifts


class _RoundedWeights(FakeQuantizedTarget):
    """Notes by how much rounding and corrections move weights of lowered convolutions, and what becomes of filters."""

    def __init__(self, formats: Formats) -> None:
        super().__init__(formats)
        self.moves: dict[str, Correction] = {}
        self.filters: list[tuple[str, Tensor, Tensor, Tensor]] = []
        """The layer, its filters, what they are rounded to, and by how much they were beyond the range."""

    def shift_conv(
        self,
        name: str,
        x: FakeMap,
        weight: Tensor,
        bias: Tensor | None,
        role: str | None = None,
        stride: int = 1,
    ) -> FakeMap:
        """See LoweringTarget."""
        if role is not None and role != "norm":
            rounded, offset = self.formats.rounded(name, weight, bias, role)
            before = weight.new_zeros(len(weight)) if bias is None else bias
            move = before.new_zeros(len(weight)) if offset is None else offset - before
            self.moves[name] = Correction(rounded.values().to(weight.device) - weight.double(), move)
        return super().shift_conv(name, x, weight, bias, role, stride)

    def l1_conv(self, name: str, x: FakeMap, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[FakeMap, Tensor]:
        """See LoweringTarget."""
        frac = x.frac
        integers = on_grid(weight, frac, x.width)
        rounded = torch.from_numpy(integers * 2.0**-frac).to(weight)
        excess = beyond_grid(weight, integers, frac)
        self.filters.append((name.partition(".")[0], weight, rounded, excess))
        return super().l1_conv(name, x, weight, offset, stride)


@torch.no_grad()
def snap_weights(quantized: QuantizedCodec) -> None:
    """Gives the codec the weights that its integers stand for and drops the corrections: what rounds to the nearest
    then rounds to the same. Of the normalizations' weights, roots of what is rounded, and of biases all digits stay."""
    codec = quantized.codec
    device = next(codec.parameters()).device
    x = pixel_map(torch.zeros(1, 3, *2 * [codec.configuration.reduction], dtype=torch.float64, device=device))
    for transform in TRANSFORMS:
        target = _RoundedWeights(quantized.formats[transform])
        x = lower(transform, codec, target, x if transform == "analysis" else quantized.restored(x))
        state = codec.state_dict()
        for name, move in target.moves.items():
            for key, addition in _additions(codec, transform, name, move, target.formats):
                state[key].add_(addition.to(state[key]))
        for layer, filters, rounded, excess in target.filters:
            filters.copy_(rounded)
            mean = state[f"{transform}.{layer}.deconvolution.mean"]
            mean.add_(excess.to(mean))  # of distances that are shorter by so much now
        target.formats.corrections = None
    round_shifts(codec)


def _additions(
    codec: Codec, transform: str, name: str, move: Correction, formats: Formats
) -> Iterator[tuple[str, Tensor]]:
    """What moving the weights of the lowered convolution `name` adds to the codec's parameters, by their names."""
    layer, _, part = name.partition(".")
    prefix = f"{transform}.{layer}"
    module = codec.get_submodule(prefix)
    back = _order_of(module, codec, len(move.bias)).argsort()
    weight, key = move.weight[back], f"{prefix}.{part}.weight" if part else f"{prefix}.weight"
    yield f"{prefix}.{_bias_of(module)}", move.bias[back]
    if part == "deconvolution":
        whitening = cast(ImplicitDeconvolution, module.deconvolution).whitening.double()
        yield key, torch.linalg.solve(whitening, weight[:, :, 0, 0], left=False)
        return
    gains = formats.gains_of(SOURCES[prefix]) if prefix in SOURCES else None
    yield key, weight if gains is None else weight * gains.to(weight)[:, None, None]


def _order_of(module: nn.Module, codec: Codec, channels: int) -> Tensor:
    """The order in which a layer's output channels are lowered."""
    if isinstance(module, SapmD):
        return shuffle_order(channels, 2)
    if module is codec.synthesis.last:
        return shuffle_order(channels, codec.configuration.strides[0])
    return torch.arange(channels)


def _bias_of(module: nn.Module) -> str:
    """The one bias of a layer's sum: a shortcut has none of its own."""
    if not isinstance(module, ParallelBranches):
        return "bias"
    if module.convolution is not None:
        return "convolution.bias"
    return "bias" if module.deconvolution is None else "deconvolution.bias"
