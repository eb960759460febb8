"""Writes the HLS project of a folded graph: hls4ml model, C++, Tcl scripts, test bench and its vectors."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hls.folded import FoldedGraph
from hls.vitis.cpp import identifier
from hls.vitis.streams import LayerList
from ops import Graph, IntegerArray
from ops.files import whole_folder

MARKER = "project.tcl"
"""A folder with this file is an HLS project, and may be written anew."""


@dataclass(frozen=True)
class HlsProject:
    """A written project: its folder, and the graph it computes."""

    folder: Path
    folded: FoldedGraph

    @property
    def graph(self) -> Graph:
        """The graph it computes."""
        return self.folded.graph

    @property
    def top(self) -> str:
        """Name of the top function."""
        return identifier(self.graph.name)


def generate_hls(
    folded: FoldedGraph,
    folder: Path,
    part: str,
    clock_period_ns: float,
    vectors: Sequence[tuple[IntegerArray, IntegerArray]] | None = None,
) -> HlsProject:
    """Write the HLS project of `folded` for an FPGA `part` into `folder`, whole or not at all.

    `vectors` are pairs of a picture and its result, each of shape (channels, height, width), for the test bench;
    without them it gets one small random picture and the golden result. An older project in `folder` is replaced.
    Raises ValueError where the folder holds something else, a tensor has no reader, or a picture does not fit.
    """
    if clock_period_ns <= 0:
        raise ValueError(f"clock_period_ns must be positive, not {clock_period_ns!r}")
    pairs = list(vectors) if vectors is not None else [_small_vector(folded)]
    for picture, _ in pairs:
        check_picture(folded, picture)
    with whole_folder(folder, MARKER) as staged:
        _write_model(folded, staged, part, clock_period_ns)
        _write_vectors(staged / "tb_data", pairs)
    return HlsProject(folder, folded)


def check_picture(folded: FoldedGraph, picture: IntegerArray) -> None:
    """Raise ValueError unless the project takes this picture: its shape and the range of its integers."""
    graph = folded.graph
    graph.check_input(picture)
    height, width = picture.shape[1:]
    if height > folded.max_height or width > folded.max_width:
        raise ValueError(f"{graph.name} takes at most {folded.max_height}x{folded.max_width}, not {height}x{width}")


def _small_vector(folded: FoldedGraph) -> tuple[IntegerArray, IntegerArray]:
    graph = folded.graph
    height, width = (min(size, 2 * graph.granularity) for size in (folded.max_height, folded.max_width))
    kind = graph.input_type
    picture = np.random.default_rng(0).integers(kind.low, kind.high + 1, (kind.channels, height, width))
    return picture, graph(picture)


def model_graph(folded: FoldedGraph, folder: Path, part: str, clock_period_ns: float) -> Any:
    """The hls4ml ModelGraph of a folded graph, to be written into `folder`."""
    # hls4ml takes seconds to import and announces back ends that are not installed.
    with contextlib.redirect_stdout(io.StringIO()):
        from hls4ml.backends import get_backend  # noqa: PLC0415
        from hls4ml.model.graph import ModelGraph  # noqa: PLC0415

        from hls.vitis.backend import BACKEND, register  # noqa: PLC0415
    register()
    config = get_backend(BACKEND).create_initial_config(part=part, clock_period=clock_period_ns, io_type="io_stream")
    config |= {
        "Backend": BACKEND,
        "ProjectName": identifier(folded.graph.name),
        "OutputDir": str(folder),
        "HLSConfig": {"Model": {"Precision": "fixed<16,6>", "ReuseFactor": 1}},
    }
    layers = LayerList(folded)
    return ModelGraph.from_layer_list(config, layers.layers, [layers.input_layer], [layers.output_layer])


def _write_model(folded: FoldedGraph, folder: Path, part: str, clock_period_ns: float) -> None:
    model = model_graph(folded, folder, part, clock_period_ns)
    with contextlib.redirect_stdout(io.StringIO()):
        model.write()


def _write_vectors(folder: Path, pairs: Sequence[tuple[IntegerArray, IntegerArray]]) -> None:
    """One line per map: rows, columns, then the elements in raster order of pixels, channel fastest."""
    folder.mkdir(exist_ok=True)
    for index, name in enumerate(("tb_input_features.dat", "tb_output_predictions.dat")):
        with (folder / name).open("w") as file:
            for pair in pairs:
                array = pair[index]
                elements = " ".join(map(str, array.transpose(1, 2, 0).ravel().tolist()))
                file.write(f"{array.shape[1]} {array.shape[2]} {elements}\n")
