"""The codec's transforms lowered: calibration, the fake-quantized forward, and the integer graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.codec import PIXEL_SCALE, TRANSFORMS, Codec
from model.gains import LATENTS, SOURCES, choose_gains
from model.gdn import GDN
from model.qualities import ANCHORS
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import PIXELS, BitWidths, Formats, MapBits
from model.quantization.integer import IntegerTarget
from model.quantization.straight import snap
from model.quantization.target import LoweringTarget, Map
from model.sapm import ParallelBranches, SapmD, SapmE, check_gains, shuffle_order, without_gains
from ops import Graph, GraphBuilder, IntegerArray, TensorType

WIDTHS = BitWidths()

LATENTS_MADE = "sapm2.round"
"""The map that the analysis ends with."""

Steps = dict[str, Callable[[Map], Map]]
"""The layers of a transform by name, in their order; each lowers itself and its roundings."""


def analysis_steps(codec: Codec, target: LoweringTarget[Map]) -> Steps[Map]:
    """Pixels (3, unsigned, 8 fractional bits) to latents, on their grid."""
    layers = codec.analysis
    return {
        "first": lambda x: _lower_first(codec, target, x),
        "gdn1": lambda x: cast(GDN, layers.gdn1).lower(target, "gdn1", x),
        "sapm1": lambda x: cast(SapmE, layers.sapm1).lower(target, "sapm1", x, SOURCES["analysis.sapm1"]),
        "gdn2": lambda x: cast(GDN, layers.gdn2).lower(target, "gdn2", x),
        "sapm2": lambda x: cast(SapmE, layers.sapm2).lower(target, "sapm2", x, SOURCES["analysis.sapm2"], "latents"),
    }


def synthesis_steps(codec: Codec, target: LoweringTarget[Map]) -> Steps[Map]:
    """Latents, on the grid of those that the analysis makes, to pixels."""
    layers = codec.synthesis
    return {
        "sapm1": lambda x: cast(SapmD, layers.sapm1).lower(target, "sapm1", x, SOURCES["synthesis.sapm1"]),
        "igdn1": lambda x: cast(GDN, layers.igdn1).lower(target, "igdn1", x),
        "sapm2": lambda x: cast(SapmD, layers.sapm2).lower(target, "sapm2", x, SOURCES["synthesis.sapm2"]),
        "igdn2": lambda x: cast(GDN, layers.igdn2).lower(target, "igdn2", x),
        "last": lambda x: _lower_last(codec, target, x),
    }


STEPS = {"analysis": analysis_steps, "synthesis": synthesis_steps}


def lower(transform: str, codec: Codec, target: LoweringTarget[Map], x: Map) -> Map:
    """All steps of "analysis" or "synthesis"."""
    for step in STEPS[transform](codec, target).values():
        x = step(x)
    return x


def _lower_first(codec: Codec, target: LoweringTarget[Map], pixels: Map) -> Map:
    first = cast(nn.Conv2d, codec.analysis.first)
    stride = codec.configuration.strides[0]
    x = target.shift_conv("first", pixels, first.weight, first.bias, "first", stride)
    return target.round("first.round", x, "wide")


def _lower_last(codec: Codec, target: LoweringTarget[Map], x: Map) -> Map:
    last, block = cast(nn.Conv2d, codec.synthesis.last), codec.configuration.strides[0]
    order = shuffle_order(last.weight.shape[0], block)
    bias = None if last.bias is None else last.bias[order]
    weight = without_gains(last.weight[order], target.gains(SOURCES["synthesis.last"]))
    x = target.shift_conv("last", x, weight, bias, "last")
    return target.depth_to_space("pixels", target.round("last.round", x, "pixels"), block)


class QuantizedCodec:
    """A codec with the number formats of its rounded maps: all that its integer graphs are made of."""

    def __init__(self, codec: Codec, formats: dict[str, Formats]) -> None:
        self.codec = codec
        self.formats = formats

    @classmethod
    @torch.no_grad()
    def calibrate(
        cls,
        codec: Codec,
        pictures: npt.NDArray[np.uint8],
        widths: BitWidths = WIDTHS,
        bits: dict[str, MapBits] | None = None,
    ) -> QuantizedCodec:
        """Post-training quantization: formats chosen map by map on `pictures` (B, 3, H, W), each layer calibrated on
        what the quantized layers before it deliver, with `bits` of both transforms' maps where they are given. The
        synthesis sees the pictures at qualities from the lowest to the highest. The adder branches of `codec` count
        with the gains of the maps from then on."""
        start = torch.from_numpy(pictures).to(_device(codec))
        formats = first_formats(codec, start, widths, bits)
        quantized = cls(codec, formats)
        latents = lower("analysis", codec, FakeQuantizedTarget(formats["analysis"]), pixel_map(start.double()))
        lower("synthesis", codec, FakeQuantizedTarget(formats["synthesis"]), quantized.restored(latents))
        return quantized

    def restored(self, latents: FakeMap, positions: Tensor | None = None) -> FakeMap:
        """What the synthesis gets of latents: quantized by the steps of each picture's position, on the same grid. The
        grid is that of latents which the analysis has rounded."""
        if positions is None:
            positions = spread_positions(len(latents.values))
        self.formats["synthesis"].by_name.setdefault(LATENTS, self.formats["analysis"].by_name[LATENTS_MADE])
        steps, fixed = self.codec.steps, self.formats["synthesis"].by_name[LATENTS]
        symbols = steps.divide(latents.values, positions.to(latents.values)).round()
        values = steps.multiply(symbols, positions.to(latents.values))
        return FakeMap(snap(values, fixed), fixed.frac, fixed.width)

    def check(self) -> None:
        """Raises ValueError where formats and codec do not belong together."""
        for name in TRANSFORMS:
            for layer, module in getattr(self.codec, name).named_children():
                source = SOURCES.get(f"{name}.{layer}")
                if source is not None and isinstance(module, ParallelBranches) and module.adder is not None:
                    check_gains(module.adder, self.formats[name].gains_of(source), layer)

    def graph(self, transform: str) -> Graph:
        """The integer graph of "analysis" or "synthesis"."""
        channels = {"analysis": 3, "synthesis": self.codec.configuration.latent_channels}[transform]
        name = {"analysis": "pixels", "synthesis": "latents"}[transform]
        fixed = {"analysis": PIXELS, "synthesis": self.formats["synthesis"].by_name.get(LATENTS)}[transform]
        assert fixed is not None
        builder = GraphBuilder(transform, name, TensorType.of_format(channels, fixed))
        return builder.build(lower(transform, self.codec, IntegerTarget(builder, self.formats[transform]), name))

    @torch.no_grad()
    def evaluate(self, transform: str, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """The fake-quantized torch forward of one picture: every tensor of the graph as integers (C, H, W)."""
        tensors: list[tuple[str, IntegerArray]] = []

        def observe(name: str, result: FakeMap) -> None:
            tensors.append((name, (result.values[0] * 2.0**result.frac).cpu().numpy().astype(np.int64)))

        values = torch.from_numpy(x.astype(np.float64))[None].to(_device(self.codec))
        start = pixel_map(values) if transform == "analysis" else self._latents_map(values)
        lower(transform, self.codec, FakeQuantizedTarget(self.formats[transform], observe), start)
        yield from tensors

    def _latents_map(self, integers: Tensor) -> FakeMap:
        fixed = self.formats["synthesis"].by_name[LATENTS]
        return FakeMap(integers * fixed.step, fixed.frac, fixed.width)


def first_formats(
    codec: Codec, pictures: Tensor, widths: BitWidths, bits: dict[str, MapBits] | None = None
) -> dict[str, Formats]:
    """Formats of both transforms before calibration on bytes [B, 3, H, W]: the gains of all normalizations, with which
    the codec's adder branches count from now on."""
    formats = {name: Formats(widths, dict((bits or {}).get(name, {}))) for name in TRANSFORMS}
    choose_gains(codec, pictures.float() / PIXEL_SCALE, formats)
    return formats


def spread_positions(count: int) -> Tensor:
    """Positions [count] from the highest quality to the lowest, in an order in which a few reach as far as many."""
    return (ANCHORS - 1 + ANCHORS // 2 * torch.arange(count)) % ANCHORS


def pixel_map(pixels: Tensor) -> FakeMap:
    """Bytes as numbers [B, 3, H, W] in the precision that the transforms shall have, as a map in [0, 1)."""
    return FakeMap(pixels * PIXELS.step, PIXELS.frac, PIXELS.width)


def _device(codec: Codec) -> torch.device:
    return next(codec.parameters()).device
