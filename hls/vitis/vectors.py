"""Vectors of the HLS test bench: pictures, and what must come out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hls.dataflow.folded import FoldedGraph
from ops import IntegerArray

Vector = tuple[IntegerArray, IntegerArray]
"""A picture and its golden result, both of shape (channels, height, width)."""


def check_picture(folded: FoldedGraph, picture: IntegerArray) -> None:
    """Raise ValueError unless the project takes this picture: its shape and the range of its integers."""
    graph = folded.graph
    graph.check_input(picture)
    height, width = picture.shape[1:]
    if height > folded.max_height or width > folded.max_width:
        raise ValueError(f"{graph.name} takes at most {folded.max_height}x{folded.max_width}, not {height}x{width}")


def small_vector(folded: FoldedGraph) -> Vector:
    """A small random picture and its golden result."""
    graph = folded.graph
    height, width = (min(size, 2 * graph.granularity) for size in (folded.max_height, folded.max_width))
    kind = graph.input_type
    picture = np.random.default_rng(0).integers(kind.low, kind.high + 1, (kind.channels, height, width))
    return picture, graph(picture)


def write_vectors(folder: Path, vectors: Sequence[Vector]) -> None:
    """One line per map: rows, columns, then the elements in raster order of pixels, channel fastest."""
    folder.mkdir(exist_ok=True)
    for index, name in enumerate(("tb_input_features.dat", "tb_output_predictions.dat")):
        with (folder / name).open("w") as file:
            for vector in vectors:
                array = vector[index]
                elements = " ".join(map(str, array.transpose(1, 2, 0).ravel().tolist()))
                file.write(f"{array.shape[1]} {array.shape[2]} {elements}\n")
