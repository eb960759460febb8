"""A graph of integer primitives, built by hand: an edge detector becomes hardware that is simulated and compared.

python examples/own_graph.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from skimage import data

import sapm
from ops import Add, Fixed, GraphBuilder, L1Conv2d, Requant, ShiftConv2d, TensorType


def edges() -> sapm.Graph:
    """Pixels (3, rows, columns) to 4 maps of 8 bits: gradients by shifts, and how far squares are from even grey."""
    builder = GraphBuilder("edges", "pixels", TensorType.of_format(3, Fixed(8, 8, signed=False)))
    # a code is 0 or sign * (exponent + 1), 1 and 2 are weights 1 and 2; axes: term, output, input, row, column
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    turned = [sobel, sobel.T, -sobel, -sobel.T]
    codes = np.repeat(np.stack(turned)[None, :, None], 3, axis=2)
    gradient = builder.add("gradient", ShiftConv2d(codes, np.zeros(4, np.int64), weight_frac=4), "pixels")
    grey = np.full((4, 3, 3, 3), 128) + np.arange(-30, 30, 15)[:, None, None, None]
    distance = builder.add("distance", L1Conv2d(grey, np.zeros(4, np.int64)), "pixels")
    total = builder.add("total", Add.aligning(builder.types[gradient], builder.types[distance]), gradient, distance)
    shift = builder.types[total].fixed.width - 8
    return builder.build(builder.add("edges.out", Requant(shift, 8, 1), total))


def main(folder: Path, side: int = 64) -> bool:
    """Generates, simulates and compares on a photograph; whether all levels are identical."""
    photograph = np.ascontiguousarray(data.astronaut()[:side, :side].transpose(2, 0, 1))
    project = sapm.generate(edges(), folder / "project", height=side, width=side, back_ends=["rtl"])
    run = sapm.cosimulate(project, photograph, folder / "run", levels=["rtl"])
    for comparison in sapm.compare(project, folder / "run"):
        print(comparison.level, comparison.verdict)
        if not comparison.verdict.identical:
            return False
    print("cycles:", run.timings["edges"]["rtl"].cycles)
    return True


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1])))
