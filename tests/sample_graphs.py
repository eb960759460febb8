"""Integer graphs of the shape of the codec with random weights, for tests that need no trained model."""

from __future__ import annotations

import numpy as np

from ops import (
    Add,
    DepthToSpace,
    Fixed,
    GdnNormalize,
    Graph,
    GraphBuilder,
    InverseGdnNormalize,
    L1Conv2d,
    Requant,
    ShiftConv2d,
    Square,
    SumPool2d,
    TensorType,
)

LATENTS = Fixed(8, 0)
PIXELS = TensorType.of_format(3, Fixed(8, 8, signed=False))


class RandomLayers:
    """Adds randomly weighted layers of the codec to a graph; every map between layers has 8 bits."""

    def __init__(self, builder: GraphBuilder, seed: int) -> None:
        self.builder = builder
        self.rng = np.random.default_rng(seed)

    def shift(self, name: str, x: str, outputs: int, kernel: int, stride: int = 1, terms: int = 1) -> str:
        """A shift convolution with exponents 0 to 5, a fifth of them without a weight."""
        channels = self.builder.types[x].channels
        codes = self.rng.integers(1, 7, (terms, outputs, channels, kernel, kernel))
        codes *= self.rng.choice([-1, 1, 1, 0, -1], codes.shape)
        bias = self.rng.integers(-500, 500, outputs)
        return self.builder.add(name, ShiftConv2d(codes, bias, stride=stride, weight_frac=6), x)

    def adder(self, name: str, x: str, outputs: int, kernel: int, stride: int = 1) -> str:
        """An adder layer whose bias centres its distances."""
        channels = self.builder.types[x].channels
        weight = self.rng.integers(-60, 60, (outputs, channels, kernel, kernel))
        bias = np.full(outputs, 40 * channels * kernel**2)
        return self.builder.add(name, L1Conv2d(weight, bias, stride=stride), x)

    def requant(
        self, name: str, x: str, width: int = 8, signed: bool = True, use: float = 0.25, even: bool = False
    ) -> str:
        """A rounding that keeps the top `width` bits of the lower `use` of the proven range."""
        kind = self.builder.types[x]
        reach = max(abs(kind.low), abs(kind.high)) * use
        shift = max(0, int(np.log2(max(reach, 1))) + 1 + signed - width)
        if even and (kind.fixed.frac - shift) % 2:
            shift += 1
        return self.builder.add(name, Requant(shift, width, int(signed)), x)

    def gdn(self, name: str, x: str, inverse: bool = False) -> str:
        """Divisive normalization or its inverse on a wide map, back to 8 bits."""
        channels = self.builder.types[x].channels
        square = self.builder.add(f"{name}.square", Square(), x)
        energy = self.requant(f"{name}.energy", square, 16, signed=False, use=1.0, even=True)
        gamma = self.rng.integers(0, 4, (2, channels, channels, 1, 1))
        beta = self.rng.integers(200, 4000, channels)
        norm = self.builder.add(f"{name}.norm", ShiftConv2d(gamma, beta, weight_frac=6), energy)
        operation = InverseGdnNormalize() if inverse else GdnNormalize(8)
        result = self.builder.add(f"{name}.normalize", operation, x, norm)
        return self.requant(f"{name}.out", result, use=0.05)

    def add(self, name: str, a: str, b: str) -> str:
        """The aligned sum."""
        return self.builder.add(name, Add.aligning(self.builder.types[a], self.builder.types[b]), a, b)

    def sapm(self, name: str, x: str, outputs: int, up: bool, squares: bool = False) -> str:
        """A shift-addition parallel module without its last rounding, down or before its DepthToSpace.

        Down, the shortcut pools, or it is a convolution of 2x2 `squares` with up to four terms.
        """
        channels = self.builder.types[x].channels
        kernel, stride = (3, 1) if up else (5, 2)
        shift = self.shift(f"{name}.shift", x, outputs, kernel, stride)
        distance = self.adder(f"{name}.adder", x, channels, kernel, stride)
        narrow = self.requant(f"{name}.distance", distance, 10)
        whitened = self.shift(f"{name}.id", narrow, outputs, 1, terms=2)
        if squares and not up:
            shortcut = self.shift(f"{name}.shortcut", x, outputs, 2, 2, terms=4)
        else:
            shortcut = x if up else self.builder.add(f"{name}.pool", SumPool2d(2), x)
            if up or outputs != channels:
                shortcut = self.shift(f"{name}.shortcut", shortcut, outputs, 1, terms=2)
        return self.add(f"{name}.sum", self.add(f"{name}.branches", shift, whitened), shortcut)


def sapm_graph(up: bool, squares: bool = False, width: int = 12) -> Graph:
    """One SAPM of a map of 4 channels, 6 of `width` bits after it: kernel 3 and stride 1 where `up`, else 5 and 2."""
    builder = GraphBuilder("level", "x", TensorType.of_format(4, Fixed(8, 0)))
    layers = RandomLayers(builder, 2)
    return builder.build(layers.requant("out", layers.sapm("sapm", "x", 6, up, squares), width))


def analysis_graph(channels: int = 4, latents: int = 6, seed: int = 0, squares: bool = False, bits: int = 8) -> Graph:
    """Pixels (3) to latents (`latents`, of so many bits) at 1/16, strides 4, 2, 2; see RandomLayers.sapm."""
    builder = GraphBuilder("analysis", "pixels", PIXELS)
    layers = RandomLayers(builder, seed)
    x = layers.shift("first", "pixels", channels, 9, 4, terms=2)
    x = layers.gdn("gdn1", layers.requant("first.out", x, 12))
    x = layers.gdn("gdn2", layers.requant("sapm1.out", layers.sapm("sapm1", x, channels, False, squares), 12))
    return builder.build(layers.requant("latents", layers.sapm("sapm2", x, latents, False, squares), bits, use=0.05))


def synthesis_graph(channels: int = 4, latents: int = 6, seed: int = 1, grid: Fixed = LATENTS) -> Graph:
    """Latents (`latents`) of format `grid` to pixels (3) at 16 times the size."""
    builder = GraphBuilder("synthesis", "latents", TensorType.of_format(latents, grid))
    layers = RandomLayers(builder, seed)
    x = "latents"
    for level in ("1", "2"):
        total = layers.sapm(f"sapm{level}", x, 4 * channels, up=True)
        space = builder.add(f"sapm{level}.space", DepthToSpace(2), layers.requant(f"sapm{level}.out", total, 12))
        x = layers.gdn(f"igdn{level}", space, inverse=True)
    last = layers.shift("last", x, 48, 3, terms=2)
    pixels = layers.requant("last.out", last, 8, signed=False, use=0.05)
    return builder.build(builder.add("pixels", DepthToSpace(4), pixels))
