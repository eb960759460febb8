"""The codec's transforms lowered: calibration, the fake-quantized forward, and the integer graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from model.codec import Codec
from model.gdn import GDN
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import FIXED_ROLES, BitWidths, Formats
from model.quantization.integer import IntegerTarget
from model.quantization.target import Map, Target
from model.quantization.weights import sums_of_powers
from model.sapm import SapmD, SapmE, shuffle_order
from ops import Graph, GraphBuilder, IntegerArray, TensorType

PIXEL_TERMS = 3
"""Powers of two in each weight of the first and the last convolution."""

WIDTHS = BitWidths()

TRANSFORMS = ("analysis", "synthesis")


def lower_analysis(codec: Codec, target: Target[Map], pixels: Map) -> Map:
    """Pixels (3, unsigned, 8 fractional bits) to latents (whole numbers)."""
    layers = codec.analysis
    first = cast(nn.Conv2d, layers.first)
    weights = sums_of_powers(first.weight, PIXEL_TERMS)
    x = target.shift_conv("first", pixels, weights, first.bias, codec.configuration.strides[0])
    x = cast(GDN, layers.gdn1).lower(target, "gdn1", target.round("first.round", x, "wide"))
    x = cast(SapmE, layers.sapm1).lower(target, "sapm1", x)
    x = cast(GDN, layers.gdn2).lower(target, "gdn2", x)
    return cast(SapmE, layers.sapm2).lower(target, "sapm2", x, role="latents")


def lower_synthesis(codec: Codec, target: Target[Map], latents: Map) -> Map:
    """Latents to pixels."""
    layers, block = codec.synthesis, codec.configuration.strides[0]
    x = cast(SapmD, layers.sapm1).lower(target, "sapm1", latents, is_coarse=True)
    x = cast(GDN, layers.igdn1).lower(target, "igdn1", x)
    x = cast(SapmD, layers.sapm2).lower(target, "sapm2", x)
    x = cast(GDN, layers.igdn2).lower(target, "igdn2", x)
    last = cast(nn.Conv2d, layers.last)
    order = shuffle_order(last.weight.shape[0], block)
    bias = None if last.bias is None else last.bias[order]
    x = target.shift_conv("last", x, sums_of_powers(last.weight[order], PIXEL_TERMS), bias)
    return target.depth_to_space("pixels", target.round("last.round", x, "pixels"), block)


class QuantizedCodec:
    """A codec with the number formats of its rounded maps: all that its integer graphs are made of."""

    def __init__(self, codec: Codec, formats: dict[str, Formats]) -> None:
        self.codec = codec
        self.formats = formats

    @classmethod
    @torch.no_grad()
    def calibrate(cls, codec: Codec, pictures: npt.NDArray[np.uint8], widths: BitWidths = WIDTHS) -> QuantizedCodec:
        """Post-training quantization: formats chosen map by map on `pictures` (B, 3, H, W), each layer calibrated on
        what the quantized layers before it deliver."""
        formats = {name: Formats(widths) for name in TRANSFORMS}
        quantized = cls(codec, formats)
        latents = lower_analysis(codec, FakeQuantizedTarget(formats["analysis"]), _pixels(pictures))
        lower_synthesis(codec, FakeQuantizedTarget(formats["synthesis"]), latents)
        return quantized

    def graph(self, transform: str) -> Graph:
        """The integer graph of "analysis" or "synthesis"."""
        if transform == "analysis":
            builder = GraphBuilder("analysis", "pixels", TensorType.of_format(3, FIXED_ROLES["pixels"]))
            return builder.build(lower_analysis(self.codec, IntegerTarget(builder, self.formats[transform]), "pixels"))
        channels = self.codec.configuration.latent_channels
        builder = GraphBuilder("synthesis", "latents", TensorType.of_format(channels, FIXED_ROLES["latents"]))
        return builder.build(lower_synthesis(self.codec, IntegerTarget(builder, self.formats[transform]), "latents"))

    @torch.no_grad()
    def evaluate(self, transform: str, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """The fake-quantized torch forward of one picture: every tensor of the graph as integers (C, H, W)."""
        tensors: list[tuple[str, IntegerArray]] = []

        def observe(name: str, result: FakeMap) -> None:
            tensors.append((name, (result.values[0] * 2.0**result.frac).numpy().astype(np.int64)))

        self._run(transform, torch.from_numpy(x.astype(np.float64))[None], observe)
        yield from tensors

    def _run(self, transform: str, x: torch.Tensor, observe: Callable[[str, FakeMap], None] | None) -> FakeMap:
        target = FakeQuantizedTarget(self.formats[transform], observe)
        if transform == "analysis":
            return lower_analysis(self.codec, target, FakeMap(x / 256.0, 8))
        return lower_synthesis(self.codec, target, FakeMap(x, 0))


def _pixels(pictures: npt.NDArray[np.uint8]) -> FakeMap:
    return FakeMap(torch.from_numpy(pictures.astype(np.float64)) / 256.0, 8)
