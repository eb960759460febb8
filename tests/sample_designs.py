"""Generated RTL of small graphs and of the `tiny` codec, with pictures for it, for benches of several simulators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from model.configuration import PRESETS
from model.lowering import QuantizedCodec
from ops import DepthToSpace, Graph, GraphBuilder, IntegerArray
from recordings.comparison import compare
from rtl_sim.runners import SimulatorError
from rtl_sim.taps import TapError
from rtl_sim.transform import RtlSimulation, Stalls
from sample_codecs import lively_codec, pictures
from sample_graphs import PIXELS, RandomLayers

Sizes = tuple[tuple[int, int], ...]

TINY = {"analysis": ((64, 64), ((32, 48), (16, 16))), "synthesis": ((4, 4), ((2, 3), (1, 1)))}
"""Of each transform of `tiny`, the largest size, and those of the pictures."""


@dataclass(frozen=True)
class Specimen:
    """RTL of a graph, and the sizes of the pictures that go through it back to back."""

    graph: Graph
    rtl: RtlProject
    sizes: Sizes

    def pictures(self, seed: int) -> list[IntegerArray]:
        rng, kind = np.random.default_rng(seed), self.graph.input_type
        return [rng.integers(kind.low, kind.high + 1, (kind.channels, *size)) for size in self.sizes]

    def finding(self, simulation: RtlSimulation, stalls: Stalls) -> str:
        """What simulation and comparison say of each picture, once where it is the same of all."""
        pictures = self.pictures(stalls.seed)
        try:
            result = simulation.simulate(pictures, stalls=stalls)
            verdicts = [
                compare(self.graph, self.graph.evaluate(picture), dict(result.tensors(frame)))
                for frame, picture in enumerate(pictures)
            ]
        except (SimulatorError, TapError) as error:
            return str(error)
        assert result.registers["Frames"] == len(pictures) and result.registers["Errors"] == 0
        wrong = [str(verdict) for verdict in verdicts if not verdict.identical]
        return wrong[0] if wrong else f"identical: {verdicts[0].tensors} tensors"


def design_of(graph: Graph, largest: tuple[int, int], sizes: Sizes, folder: Path, cycles_per_pixel: float) -> Specimen:
    """Generates RTL in a folder."""
    return Specimen(graph, generate_rtl(fold(graph, *largest, cycles_per_pixel=cycles_per_pixel), folder), sizes)


def tiny_design(transform: str, folder: Path, cycles_per_pixel: float) -> Specimen:
    """That of a transform of `tiny`."""
    graph = QuantizedCodec.calibrate(lively_codec(PRESETS["tiny"]), pictures()).graph(transform)
    return design_of(graph, *TINY[transform], folder, cycles_per_pixel)


def layered_design(folder: Path) -> Specimen:
    """One layer of each kind: convolution, normalization, adder, shuffle."""
    builder = GraphBuilder("layered", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    x = layers.gdn("gdn", layers.requant("first.out", layers.shift("first", "pixels", 2, 3), 12))
    distance = layers.requant("distance", layers.adder("adder", x, 4, 3), 8)
    graph = builder.build(builder.add("space", DepthToSpace(2), distance))
    return design_of(graph, (8, 8), ((6, 8), (4, 6), (1, 1)), folder, 12)


def pointwise_design(folder: Path, outputs: int = 2) -> Specimen:
    """One convolution of single pixels, rounded: the least that has arrays, weights and a rounding."""
    builder = GraphBuilder("pointwise", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    graph = builder.build(layers.requant("round", layers.shift("first", "pixels", outputs, 1), 8))
    return design_of(graph, (8, 8), ((3, 4), (1, 2)), folder, 4 * outputs)
