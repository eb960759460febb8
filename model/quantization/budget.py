"""Bits of rounded maps by a noise budget: what rounding a map adds to the picture's error is known before it is tried.

Rounding to steps d adds noise of variance d^2 / 12. On its way to the picture it is multiplied by a gain, which is
measured once, as noise this small passes linearly; a bit more takes away three quarters of it. So the noise of every
choice of widths is a sum in closed form, and bits go, one after the other, where they buy most for the lookup tables
that they take.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.codec import PIXEL_SCALE, TRANSFORMS, Codec
from model.gains import LATENTS
from model.lowering import LATENTS_MADE, QuantizedCodec, first_formats, lower, pixel_map
from model.qualities import ANCHORS
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import BitWidths, Formats, MapBits

FINE = 16
"""Bits of the maps while gains are measured."""

LEAST, MOST = 8, 14
"""Bits that a map may have: below 8 nothing is won, as weights and memories are no smaller."""

KINDS = ("activation", "wide", "distance", "energy")
"""Roles of maps whose bits are chosen; those of the latents are part of the format of files."""


@dataclass(frozen=True)
class MapNoise:
    """A rounded map: its noise in the picture (mean squared error, pixels in [0, 1]) at FINE bits, and how many
    additions a pixel of the picture read it."""

    transform: str
    name: str
    noise: float
    additions: float

    def noise_at(self, bits: int) -> float:
        """The noise in the picture where it has so many bits."""
        return self.noise * 4.0 ** (FINE - bits)


ELEMENTWISE = 8
"""Additions a number that nodes are taken to make, beside those of their weights: roots, quotients, memories."""


class _NoisyTarget(FakeQuantizedTarget):
    """Adds uniform noise as wide as a step to one rounded map, and notes the roles and readers of all."""

    def __init__(self, formats: Formats, noisy: str | None, factor: float) -> None:
        super().__init__(formats)
        self.noisy, self.factor = noisy, factor
        self.roles: dict[str, str] = {}

    def round(self, name: str, x: FakeMap, role: str) -> FakeMap:
        """See LoweringTarget."""
        self.roles[name] = role
        result = super().round(name, x, role)
        if name != self.noisy:
            return result
        step = 2.0**-result.frac * self.factor
        noise = (torch.rand(result.values.shape, generator=torch.Generator().manual_seed(0)) - 0.5) * step
        return FakeMap(result.values + noise.to(result.values), result.frac, result.width)


NOISE_FACTOR = 64.0
"""Steps of the noise that gains are measured with: small beside a map, large beside all else that is rounded."""


@torch.no_grad()
def measure_noise(codec: Codec, batch: npt.NDArray[np.uint8], pictures: npt.NDArray[np.uint8]) -> list[MapNoise]:
    """The noise of every rounded map of both transforms on pictures (B, 3, H, W), latents passing unquantized.

    Its steps follow from the ranges that maps have on the whole calibration batch (C, 3, H, W): one bold picture in it
    doubles those of all."""
    formats = first_formats(codec, torch.from_numpy(batch), BitWidths.all(FINE))
    for each in formats.values():
        each.corrections = None  # of weights: they change no gain
    quantized = QuantizedCodec(codec, formats)
    _run(quantized, batch, None)
    clean, roles = _run(quantized, pictures, None)
    reads = {name: _additions(quantized, name) for name in TRANSFORMS}
    found = []
    for transform, names in roles.items():
        for name, role in names.items():
            if role in KINDS:
                noisy, _ = _run(quantized, pictures, (transform, name))
                noise = float((noisy - clean).square().mean()) / NOISE_FACTOR**2
                found.append(MapNoise(transform, name, noise, reads[transform].get(name, 0.0)))
    return found


def _run(
    quantized: QuantizedCodec, pictures: npt.NDArray[np.uint8], noisy: tuple[str, str] | None
) -> tuple[Tensor, dict[str, dict[str, str]]]:
    x, roles = pixel_map(torch.from_numpy(pictures).float()), {}
    for transform in TRANSFORMS:
        name = noisy[1] if noisy is not None and noisy[0] == transform else None
        target = _NoisyTarget(quantized.formats[transform], name, NOISE_FACTOR)
        x = lower(transform, quantized.codec, target, x)
        roles[transform] = target.roles
        quantized.formats["synthesis"].by_name.setdefault(LATENTS, quantized.formats["analysis"].by_name[LATENTS_MADE])
    return x.values, roles


def _additions(quantized: QuantizedCodec, transform: str) -> dict[str, float]:
    """How many additions, for each pixel of the picture, the nodes make that read a tensor, by its name."""
    graph = quantized.graph(transform)
    pixels = (graph.input_type if transform == "analysis" else graph.output_type).rate
    reads: dict[str, float] = {}
    for node in graph.nodes:
        output = graph.types[node.name]
        inputs = tuple(graph.types[name] for name in node.inputs)
        operations = sum(op.count for op in node.operation.operations(inputs, output))
        work = (operations + ELEMENTWISE * output.channels) * float(output.rate / pixels) ** 2
        for name in node.inputs:
            reads[name] = reads.get(name, 0.0) + work
    return reads


NOISE_SIDE, NOISE_PICTURES = 128, 4
"""Of the calibration pictures, what gains are measured on."""

DEFAULT_NOISE = 0.01
"""Share of the error at the highest quality that rounded maps may add: 0.04 dB there, a third of that 6 dB below."""


@torch.no_grad()
def check_noise(noise: float) -> float:
    """The share, unless it is none: ValueError."""
    if not 0 < noise <= 1:
        raise ValueError(f"noise must be above 0 and at most 1, not {noise:g}")
    return noise


@torch.no_grad()
def map_bits(codec: Codec, batch: npt.NDArray[np.uint8], noise: float = DEFAULT_NOISE) -> dict[str, MapBits]:
    """Bits of all maps of a codec on a part of the calibration pictures (B, 3, H, W), whose rounding may add this share
    to the error at the highest quality. Raises ValueError for a share that is not above 0 and at most 1."""
    check_noise(noise)
    part = batch[:: max(1, len(batch) // NOISE_PICTURES), :, :NOISE_SIDE, :NOISE_SIDE]
    image = torch.from_numpy(part).float() / PIXEL_SCALE
    restored, _ = codec.eval()(image, torch.full((len(part),), ANCHORS - 1.0))
    return allocate(measure_noise(codec, batch, part), noise * float((restored - image).square().mean()))


def allocate(maps: list[MapNoise], budget: float) -> dict[str, MapBits]:
    """Bits of every map by transform and name, whose noise together is at most `budget` (mean squared error of pixels
    in [0, 1]), or as near to it as MOST bits come. Greedy: each bit goes where it takes away most noise for its
    additions."""
    bits = {(m.transform, m.name): LEAST for m in maps}
    while sum(m.noise_at(bits[m.transform, m.name]) for m in maps) > budget:
        open_maps = [m for m in maps if bits[m.transform, m.name] < MOST]
        if not open_maps:
            break
        best = max(open_maps, key=lambda m: m.noise_at(bits[m.transform, m.name]) / (m.additions + 1))
        bits[best.transform, best.name] += 1
    return {name: {n: b for (t, n), b in bits.items() if t == name} for name in TRANSFORMS}
